//! Mail that is kept in a folder.

use std::fs;

use chrono::{TimeDelta, Utc};
use statused_email::intake::quarantine::*;
use statused_email::intake::{Receipt, Why};
use statused_email::proof::Unproved;
use statused_email::testkit::forward;
use statused_email::{Envelope, Reason, Verdict};

use crate::support::*;

fn kept(n: usize, passing: bool) -> Kept {
    let raw = format!("From: a@google.com\r\n\r\nmail {n}, a secret of somebody\r\n\u{e9}").into_bytes();
    let at = Utc::now() + TimeDelta::seconds(i64::try_from(n).unwrap());
    let verdict = Verdict::Unproved(unproved(passing));
    let mut head = KeptHead::new(KeptId::of(&raw), verdict, to_us().with_sender("x@y"), at, raw.len());
    head.why = Some(Why::Unproved(unproved(passing)));
    head.next_try = passing.then_some(at);
    Kept::new(head, raw)
}

fn unproved(passing: bool) -> Unproved {
    let json = serde_json::json!({"reason": "no_mail", "passing": passing, "until": null});
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn what_is_kept_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("deeper/quarantine");
    let (one, two) = (kept(1, true), kept(2, false));
    let quarantine = DirectoryQuarantine::open(&place).unwrap();
    assert_eq!(quarantine.keep(two.clone()).await, Ok(0));
    assert_eq!(quarantine.keep(one.clone()).await, Ok(0));
    assert_eq!(quarantine.keep(one.clone()).await, Ok(0), "the same mail is kept once");
    // A crash half-way, and what is not ours.
    fs::write(place.join("0123.part"), b"half").unwrap();
    fs::write(place.join("broken.mail"), b"{").unwrap();
    fs::write(place.join("note.txt"), b"hello").unwrap();
    let again = DirectoryQuarantine::open(&place).unwrap();
    assert!(!place.join("0123.part").exists());
    assert_eq!(again.list().await, Ok(vec![one.head.clone(), two.head.clone()]));
    assert_eq!(again.get(&one.head.id).await, Ok(Some(one.clone())));
    assert_eq!(again.remove(&one.head.id).await, Ok(true));
    assert_eq!(again.remove(&one.head.id).await, Ok(false));
    assert_eq!(again.get(&one.head.id).await, Ok(None));
    assert!(!format!("{two:?} {again:?}").contains("secret"));
}

#[cfg(unix)]
#[tokio::test]
async fn other_people_cannot_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("quarantine");
    let quarantine = DirectoryQuarantine::open(&place).unwrap();
    let one = kept(1, true);
    quarantine.keep(one.clone()).await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&place), mode(&place.join(format!("{}.mail", one.head.id)))), (0o700, 0o600));
}

#[tokio::test]
async fn room_is_made_by_what_is_worth_least() {
    let folder = tempfile::tempdir().unwrap();
    let quarantine = DirectoryQuarantine::with_room(folder.path(), Room::new(3, 1000)).unwrap();
    for mail in [kept(1, true), kept(2, false), kept(3, false)] {
        assert_eq!(quarantine.keep(mail).await, Ok(0));
    }
    assert_eq!(quarantine.keep(kept(4, false)).await, Ok(1), "the oldest forgery");
    assert_eq!(quarantine.keep(kept(5, true)).await, Ok(1));
    let there = |heads: Vec<KeptHead>| heads.into_iter().map(|head| head.id).collect::<Vec<_>>();
    let expected = [kept(1, true), kept(4, false), kept(5, true)].map(|mail| mail.head.id);
    assert_eq!(there(quarantine.list().await.unwrap()), expected);
    let mut large = kept(6, false);
    large.raw = vec![b'x'; 990];
    large.head.length = 990;
    assert_eq!(quarantine.keep(large).await, Ok(3), "bytes count, too, and the guest always stays");
}

#[test]
fn ids_are_no_paths() {
    for bad in ["", "../../etc/passwd", "0123", &"g".repeat(32), &"A".repeat(32)] {
        assert!(bad.parse::<KeptId>().is_err(), "{bad}");
    }
    assert!(KeptId::of(b"x").to_string().parse::<KeptId>().is_ok());
}

/// What a command line does while another process runs the intake.
#[tokio::test]
async fn a_mail_is_marked_from_outside() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let quarantine = DirectoryQuarantine::open(folder.path()).unwrap();
    let intake = world.builder().recipients([US]).quarantine(std::sync::Arc::new(quarantine)).build();
    let receipt = intake.ingest(&warning(1), Envelope::default()).await;
    let Receipt::Quarantined { id, .. } = receipt else { panic!("{receipt:?}") };
    assert_eq!(intake.retry_due().await, Ok(None), "it is not tried by itself");
    // What the intake is just writing is left alone.
    let unfinished = folder.path().join("0123.part");
    fs::write(&unfinished, b"half").unwrap();
    let outside = DirectoryQuarantine::open_shared(folder.path()).unwrap();
    assert!(unfinished.exists());
    assert!(DirectoryQuarantine::open_shared(folder.path().join("nowhere")).is_err());
    assert!(!folder.path().join("nowhere").exists());
    let listed = outside.list().await.unwrap();
    assert_eq!(
        (listed[0].why.clone(), listed[0].length),
        (Some(Why::OtherRecipient), warning_length(&outside, &id).await)
    );
    let open = world.builder().quarantine(std::sync::Arc::new(outside.clone())).build();
    assert_eq!(mark_due(&outside, &id, Utc::now() - TimeDelta::minutes(1)).await, Ok(true));
    assert_eq!(open.retry_due().await, Ok(None));
    assert_eq!(world.told().await, ["Action Required"]);
    assert_eq!(mark_due(&outside, &id, Utc::now()).await, Ok(false));
}

async fn warning_length(quarantine: &DirectoryQuarantine, id: &KeptId) -> usize {
    quarantine.get(id).await.unwrap().unwrap().raw.len()
}

/// Somebody has changed what was kept: the proof does not hold for that.
#[tokio::test]
async fn a_kept_proof_holds_for_its_own_bytes_only() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let quarantine = DirectoryQuarantine::open(folder.path()).unwrap();
    let intake = world.builder().recipients([US]).quarantine(std::sync::Arc::new(quarantine)).build();
    let receipt = intake.ingest(&warning(1), Envelope::default()).await;
    let Receipt::Quarantined { id, .. } = receipt else { panic!("{receipt:?}") };
    let path = folder.path().join(format!("{id}.mail"));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, forward::replaced(&bytes, "number 1", "number 2")).unwrap();
    let open = world.builder().quarantine(std::sync::Arc::clone(intake.quarantine())).build();
    let receipt = open.retry(&id).await.unwrap();
    let refused = |reason: &Reason| matches!(reason, Reason::NoMail);
    assert!(
        matches!(&receipt, Some(Receipt::Quarantined { why: Why::Unproved(it), .. }) if refused(&it.reason)),
        "{receipt:?}"
    );
    assert!(world.told().await.is_empty());
}
