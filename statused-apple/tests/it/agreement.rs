//! A pending agreement hides the account.

use statused_apple::testkit::{Endpoint, Fault};
use statused_core::model::{AggregateKey, Status, SubjectKey, SubjectKind};
use statused_core::source::SourceErrorKind;

use crate::support::*;

#[tokio::test]
async fn a_pending_agreement_is_all_that_is_told() {
    let mut watch = watch().await;
    watch.app().version("1.0").state("IN_REVIEW");
    watch.poll().await;
    watch.fake.agreement_pending(true);
    let error = watch.try_poll(&[]).await.unwrap_err();
    assert_eq!((error.kind, watch.fake.requests().len()), (SourceErrorKind::Agreement, 1));
    assert!(error.message.contains("https://appstoreconnect.apple.com/business"), "{error}");

    watch.fake.agreement_pending(false);
    let report = watch.poll().await;
    let account = &report.sightings[&AggregateKey::Account(source_id())];
    assert!(account.covered.contains_key(&SubjectKind::Account));
    let [seen] = account.observations.as_slice() else { panic!("one word of the account") };
    assert_eq!((&seen.subject, &seen.status), (&SubjectKey::account(), &Status::AgreementAccepted));
    assert!(seen.doubtful && seen.initial, "not all of Apple's servers learn of it at once");
}

/// It may begin between two requests; half a look would tell of a world that is gone.
#[tokio::test]
async fn an_agreement_that_appears_midway_hides_the_rest_too() {
    let code = "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED.OF_SOME_SORT";
    let body =
        format!(r#"{{"errors":[{{"status":"403","code":"{code}","title":"A required agreement is missing."}}]}}"#);
    for endpoint in [Endpoint::Builds, Endpoint::Version, Endpoint::Reviews] {
        let mut watch = watch().await;
        let app = watch.app();
        app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", None);
        app.version("1.1").state("IN_REVIEW");
        watch.fake.inject(Fault::json(403, body.clone()).on(endpoint));
        assert_eq!(watch.try_poll(&[]).await.unwrap_err().kind, SourceErrorKind::Agreement, "{endpoint:?}");
    }
}

/// A role that does not suffice is a 403, too.
#[tokio::test]
async fn another_403_is_no_agreement() {
    let mut watch = watch().await;
    watch.fake.inject(Fault::status(403));
    assert_eq!(watch.try_poll(&[]).await.unwrap_err().kind, SourceErrorKind::Credentials);
}
