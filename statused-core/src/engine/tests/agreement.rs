//! The account's agreements: two looks each way, told once per change.

use super::*;

use Status::{AgreementAccepted, PendingAgreement};

/// Looks at the account; `p`: an agreement is pending, `a`: all are accepted. Returns what each look told.
fn told(looks: &str) -> String {
    let mut watch = Watch::new();
    looks
        .chars()
        .map(|look| {
            let status = if look == 'p' { PendingAgreement } else { AgreementAccepted };
            let seen = Observation::new(SubjectKey::account(), status, at(0)).as_doubtful();
            match watch.look(vec![seen]).as_slice() {
                [] => '.',
                [told] if told == "account PENDING_AGREEMENT" => 'P',
                [told] if told == "account AGREEMENT_ACCEPTED" => 'A',
                more => panic!("{more:?}"),
            }
        })
        .collect()
}

#[test]
fn two_looks_each_way_and_once_per_change() {
    for (looks, expected) in [
        ("aaaa", "...."),
        // Pending at first sight is no past: it is told, after two looks.
        ("pppp", ".P.."),
        ("aappp", "...P."),
        ("aapaa", "....."),
        ("apapap", "......"),
        ("appaap", "..P.A."),
        ("aappapppaaappp", "...P.....A..P."),
    ] {
        assert_eq!(told(looks), expected, "{looks}");
    }
}

#[test]
fn one_look_seen_twice_is_one_look() {
    let mut known = None;
    for _ in 0..2 {
        let seen = Observation::new(SubjectKey::account(), PendingAgreement, at(1)).as_doubtful();
        let news = reconcile(known.as_ref(), &Sighting::new().with(seen), &BTreeSet::new(), at(1));
        if let Some(news) = news {
            assert!(news.transitions.is_empty());
            known = Some(news.aggregate);
        }
    }
    assert_eq!(known.unwrap().doubts().count(), 1);
}

#[test]
fn good_standing_in_doubt_at_first_sight_is_no_doubt() {
    let mut watch = Watch::new();
    let seen = Observation::new(SubjectKey::account(), AgreementAccepted, at(0)).as_doubtful();
    assert_eq!(watch.look(vec![seen]), [""; 0]);
    assert_eq!(watch.doubts(), 0);
}
