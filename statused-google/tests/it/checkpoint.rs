//! What is remembered.

use statused_core::source::Checkpoint;

use crate::support::*;

#[tokio::test]
async fn a_checkpoint_that_cannot_be_read_is_a_trouble_and_not_the_end() {
    for text in ["", "null", "{", r#"{"v":2}"#, r#"{"v":1,"apps":7}"#] {
        let mut watch = watch().await;
        let release = watch.release("1.0", 1).in_review();
        watch.polls(2).await;
        watch.checkpoint = Some(Checkpoint(text.to_owned()));
        release.reject();
        let report = watch.poll_through().await;
        assert_eq!(report.troubles.len(), 1, "{text:?}");
        assert!(report.troubles[0].message.contains("begins anew"), "{:?}", report.troubles);
        assert_eq!(told(&report, 1).as_deref(), Some("REJECTED"), "what the engine knows is compared, not hushed up");
        assert_eq!(watch.poll().await.troubles, []);
    }
}

#[tokio::test]
async fn a_checkpoint_is_given_back_to_the_letter() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.poll().await;
    let spaced = watch.checkpoint.as_ref().unwrap().0.replace(':', " : ");
    watch.checkpoint = Some(Checkpoint(spaced.clone()));
    assert_eq!(watch.poll().await.checkpoint, Some(Checkpoint(spaced)));
}

#[tokio::test]
async fn a_poll_that_fails_changes_nothing() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    watch.poll().await;
    let before = watch.checkpoint.clone();
    watch.fake.inject(statused_google::testkit::Fault::status(500).always());
    watch.try_poll().await.unwrap_err();
    assert_eq!(watch.checkpoint, before);
}

#[tokio::test]
async fn the_written_form_is_stable() {
    let mut watch = watch().await;
    watch.release("1.0", 1).rollout(0.2);
    watch.release("1.1", 2).in_review();
    watch.release("1.0", 1).kept(true);
    watch.poll().await;
    let text = concat!(
        r#"{"v":1,"apps":{"com.acme.app":{"tracks":{"alpha":{"known":true},"beta":{"known":true},"internal":{"known":true},"#,
        r#""production":{"known":true,"read":"2026-01-02T00:01:00Z","releases":{"#,
        r#""1":{"name":"1.0","state":"PUBLISHED","declared":"inProgress","rollout":{"running":200000}},"#,
        r#""2":{"name":"1.1","state":"IN_REVIEW","declared":"completed"}}}},"covered":true}}}"#
    );
    assert_eq!(watch.checkpoint.as_ref().map(|checkpoint| checkpoint.0.as_str()), Some(text));
}

#[tokio::test]
async fn a_store_that_goes_on_and_on_does_not_fill_ours() {
    let mut watch = watch().await;
    for code in 1..200 {
        watch.release("1.0", code).publish().kept(true);
    }
    for track in 0..300 {
        watch.app().track(&format!("closed{track:03}"));
    }
    let report = watch.poll().await;
    assert!(told(&report, 199).is_some(), "the newest is seen");
    assert!(watch.checkpoint.as_ref().unwrap().0.len() < 16 * 1024);
    let before = watch.checkpoint.clone();
    watch.polls(5).await;
    assert_eq!((&watch.checkpoint, watch.reads()), (&before, 0), "what does not fit is not news each time");
}
