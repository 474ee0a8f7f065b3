//! What is remembered is bounded, and what is forgotten stays old.

use super::*;
use crate::engine::announce::event_id;
use crate::model::AggregateKey;

#[test]
fn the_oldest_subjects_are_forgotten_and_never_announced_again() {
    let births = |range: std::ops::Range<i64>| -> Vec<Observation> {
        range.map(|n| born(build(&format!("b{n}"), Status::Valid), n * 100)).collect()
    };
    let mut watch = Watch::of(births(0..256));
    assert_eq!(watch.known.as_ref().unwrap().subjects.len(), 256);
    assert_eq!(watch.look(births(256..260)).len(), 4);
    let known = watch.known.as_ref().unwrap();
    assert_eq!(known.subjects.len(), 256, "the bound holds");
    assert!(!known.subjects.contains_key(&SubjectKey::new(SubjectKind::Build, "b3")), "the oldest have gone");
    assert!(known.subjects.contains_key(&SubjectKey::new(SubjectKind::Build, "b4")));
    assert_eq!(watch.look(births(0..260)), [""; 0], "what was forgotten is old");
    assert!(!watch.wrote);
}

#[test]
fn what_is_forgotten_is_old_also_if_nothing_was_there_at_first() {
    let births = || (0..257).map(|n| born(build(&format!("b{n}"), Status::Valid), n * 100)).collect::<Vec<_>>();
    let mut watch = Watch::of(vec![]);
    assert_eq!(watch.look(births()).len(), 257);
    assert_eq!(watch.look(births()), [""; 0], "the one that was forgotten is as old as it is");
    assert_eq!(
        watch.look(vec![born(build("late", Status::Valid), 1)]),
        ["late VALID"],
        "and what was born later is not"
    );
}

#[test]
fn other_kinds_have_a_memory_of_their_own() {
    let mut seen: Vec<_> = (0..256).map(|n| born(build(&format!("b{n}"), Status::Valid), n * 100)).collect();
    seen.push(born(version("v1", Status::InReview), -9000));
    let mut watch = Watch::of(seen);
    watch.look(vec![born(build("new", Status::Valid), 99_999)]);
    assert_eq!(watch.look(vec![version("v1", Status::Rejected)]), ["v1 REJECTED"]);
}

#[test]
fn a_list_that_ends_makes_what_is_behind_its_horizon_old() {
    let page = |horizon: i64, births: &[i64]| {
        let mut sighting = Sighting::new();
        sighting.covered.insert(SubjectKind::Build, Some(at(horizon)));
        for minute in births {
            sighting = sighting.with(born(build(&format!("b{minute}"), Status::Valid), *minute));
        }
        sighting
    };
    let none = BTreeSet::new();
    let first = reconcile(None, &page(1000, &[]), &none, at(0)).unwrap();
    assert!(reconcile(Some(&first.aggregate), &page(0, &[100]), &none, at(1)).is_none());
    assert_eq!(reconcile(Some(&first.aggregate), &page(0, &[1001]), &none, at(1)).unwrap().transitions.len(), 1);
}

#[test]
fn a_repeat_has_the_same_id_and_a_watch_begun_anew_has_others() {
    let app = |id: &str| AggregateKey::App("apple".into(), id.into());
    let subject = |id: &str| SubjectKey::new(SubjectKind::Version, id);
    let id = event_id(&app("1"), at(0), &subject("v"), 1);
    assert_eq!(id, event_id(&app("1"), at(0), &subject("v"), 1));
    assert_eq!(id.get_version_num(), 5);
    for other in [
        event_id(&app("2"), at(0), &subject("v"), 1),
        event_id(&app("1"), at(1), &subject("v"), 1),
        event_id(&app("1"), at(0), &subject("w"), 1),
        event_id(&app("1"), at(0), &subject("v"), 2),
    ] {
        assert_ne!(id, other);
    }
}

#[test]
fn what_is_remembered_survives_its_stored_form_and_a_newer_form_is_refused() {
    let watch = Watch::of(vec![born(version("v1", Status::InReview), 5), rollout("v1", Status::RolloutInactive, 0)]);
    let known = watch.known.unwrap();
    let json = known.to_json();
    assert_eq!(Aggregate::from_json(&json).as_ref(), Ok(&known));
    let newer = json.replacen("\"format\":1", "\"format\":2", 1);
    assert!(Aggregate::from_json(&newer).unwrap_err().contains("newer"));
}
