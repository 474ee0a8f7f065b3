//! Every type of event, in every shape that Apple documents.

use statused_apple::webhooks::{Content, EventType, Received};
use statused_core::model::Status;

use crate::receiver::{SECRET, sign, webhooks};

fn read(body: &str) -> Received {
    webhooks().receive("1000", Some(&sign(SECRET, body)), body.as_bytes()).unwrap()
}

/// Type, moment, and what it says, in one line.
fn told(body: &str) -> String {
    let received = read(body);
    let at = received.at.map(|at| at.to_rfc3339()).unwrap_or_default();
    let content = match received.content {
        Content::Nothing => String::new(),
        Content::State { id, from, to } => {
            format!("{id} {} -> {}", from.as_ref().map_or("?", Status::code), to.code())
        }
        Content::Created { id } => id,
        Content::Distribution { id, app, marketplace_app, available, territories } => {
            format!("{id:?} {app:?} in {marketplace_app:?}: {available:?} {}", territories.join(","))
        }
        other => format!("{other:?}"),
    };
    format!("{:?} {at} {content}", received.kind)
}

/// The test delivery that a developer published.
#[test]
fn the_ping_of_the_article() {
    let body = r#"{
  "data" : {
    "type" : "webhookPingCreated",
    "id" : "65726e27-cb79-47f2-a3e4-c8ced9f356e8",
    "version" : 1,
    "attributes" : {
      "timestamp" : "2025-12-26T15:47:38.472168681Z"
    }
  }
}"#;
    assert_eq!(told(body), "Ping 2025-12-26T15:47:38.472168681+00:00 ");
    assert_eq!(read(body).id, "65726e27-cb79-47f2-a3e4-c8ced9f356e8");
    assert_eq!(read(body).app, "1000", "the app is that of the path");
    assert_eq!(told(r#"{"data":{"type":"webhookPings","id":"x"}}"#), "Ping  ");
}

#[test]
fn states_of_versions_of_external_betas_and_of_uploads() {
    assert_eq!(
        told(
            r#"{"data":{"type":"appStoreVersionAppVersionStateUpdated","id":"7c81","version":1,
            "attributes":{"newValue":"READY_FOR_DISTRIBUTION","oldValue":"PENDING_DEVELOPER_RELEASE","timestamp":"2025-12-23T06:03:50.925Z"},
            "relationships":{"instance":{"data":{"type":"appStoreVersions","id":"v-1"},
            "links":{"self":"https://api.appstoreconnect.apple.com/v1/appStoreVersions/v-1"}}}}}"#
        ),
        "VersionState 2025-12-23T06:03:50.925+00:00 v-1 PENDING_DEVELOPER_RELEASE -> READY_FOR_SALE"
    );
    assert_eq!(
        told(
            r#"{"data":{"type":"buildBetaDetailExternalBuildStateUpdated","id":"4a9e","version":1,
            "attributes":{"newExternalBuildState":"BETA_APPROVED","oldExternalBuildState":"IN_BETA_REVIEW","timestamp":"2025-04-16T05:00:52.745Z"},
            "relationships":{"instance":{"data":{"type":"buildBetaDetails","id":"ad7e"}}}}}"#
        ),
        "ExternalBetaState 2025-04-16T05:00:52.745+00:00 ad7e IN_BETA_REVIEW -> BETA_APPROVED"
    );
    let upload = r#"{"data":{"type":"buildUploadStateUpdated","id":"7c81","version":1,"attributes":{"oldState":"PROCESSING","newState":"FAILED"},
        "relationships":{"instance":{"data":{"type":"buildUploads","id":"u1"},"links":{"self":"https://example.com"}}}}}"#;
    assert_eq!(told(upload), "BuildUploadState  u1 PROCESSING -> FAILED");
    let bare =
        upload.replace(r#""oldState":"PROCESSING","#, "").replace(r#","links":{"self":"https://example.com"}"#, "");
    assert_eq!(told(&bare), "BuildUploadState  u1 ? -> FAILED");
}

#[test]
fn feedback_of_both_kinds() {
    let body = |kind: &str, at: &str| {
        format!(
            r#"{{"data":{{"type":"{kind}","id":"a431","version":1,"attributes":{{"timestamp":"{at}"}},
            "relationships":{{"instance":{{"data":{{"type":"x","id":"AK7UjG-qL5QxXf3gIOGjbpQ"}}}}}}}}}}"#
        )
    };
    assert_eq!(
        told(&body("betaFeedbackCrashSubmissionCreated", "2025-05-16T20:53:20.729Z")),
        "CrashFeedback 2025-05-16T20:53:20.729+00:00 AK7UjG-qL5QxXf3gIOGjbpQ"
    );
    assert_eq!(
        told(&body("betaFeedbackScreenshotSubmissionCreated", "2025-05-08T01:29:36.16Z")),
        "ScreenshotFeedback 2025-05-08T01:29:36.160+00:00 AK7UjG-qL5QxXf3gIOGjbpQ"
    );
}

/// They have no version, and their instance stands without `data`.
#[test]
fn asset_packs_come_in_a_shape_of_their_own() {
    let body = |kind: &str, states: &str| {
        format!(
            r#"{{"data":{{"type":"{kind}","id":"4734","attributes":{{"timestamp":"2025-12-05T14:30:45Z"{states}}},
            "relationships":{{"instance":{{"id":"7012","type":"backgroundAssetVersions",
            "links":{{"self":"https://api.appstoreconnect.apple.com/v1/backgroundAssetVersions/7012"}}}}}}}}}}"#
        )
    };
    for (kind, states, read) in [
        ("StateUpdated", r#","newState":"FAILED","oldState":"PROCESSING""#, "AssetVersionState PROCESSING -> FAILED"),
        ("InternalBetaReleaseCreated", "", "AssetInternalBetaRelease"),
        (
            "ExternalBetaReleaseStateUpdated",
            r#","newState":"READY_FOR_TESTING","oldState":"PROCESSING_FOR_TESTING""#,
            "AssetExternalBetaState PROCESSING_FOR_TESTING -> READY_FOR_TESTING",
        ),
        (
            "AppStoreReleaseStateUpdated",
            r#","newState":"READY_FOR_DISTRIBUTION","oldState":"PROCESSING_FOR_DISTRIBUTION""#,
            "AssetStoreState PROCESSING_FOR_DISTRIBUTION -> READY_FOR_DISTRIBUTION",
        ),
    ] {
        let told = told(&body(&format!("backgroundAssetVersion{kind}"), states));
        let (name, states) = read.split_once(' ').map_or((read, String::new()), |(name, s)| (name, format!(" {s}")));
        assert_eq!(told, format!("{name} 2025-12-05T14:30:45+00:00 7012{states}"));
    }
}

#[test]
fn alternative_distribution_names_its_app_and_its_marketplace() {
    let body = |kind: &str, attributes: &str, instance: &str| {
        format!(
            r#"{{"data":{{"type":"alternativeDistribution{kind}","id":"da44","version":1,
            "attributes":{{{attributes}"appId":"10795428705","timestamp":"2025-07-11T17:47:14.498347Z"}},
            "relationships":{{{instance}"marketplaceApp":{{"data":{{"type":"apps","id":"10738627177"}},
            "links":{{"self":"https://api-appstoreconnect.itunes.apple.com/v1/apps/10738627177"}}}}}}}}}}"#
        )
    };
    let instance = r#""instance":{"data":{"type":"alternativeDistributionPackages","id":"2d2c"}},"#;
    let places = r#""available":true,"territories":["DNK","IRL"],"#;
    let app = r#"Some("10795428705") in Some("10738627177")"#;
    let at = "2025-07-11T17:47:14.498347+00:00";
    assert_eq!(
        told(&body("PackageVersionCreated", "", instance)),
        format!(r#"DistributionVersion {at} Some("2d2c") {app}: None "#)
    );
    assert_eq!(
        told(&body("PackageAvailableUpdated", places, instance)),
        format!(r#"DistributionPackage {at} Some("2d2c") {app}: Some(true) DNK,IRL"#)
    );
    assert_eq!(
        told(&body("TerritoryAvailabilityUpdated", &places.replace("true", "false"), "")),
        format!("DistributionTerritories {at} None {app}: Some(false) DNK,IRL")
    );
}

/// What Apple invents tomorrow is no error.
#[test]
fn unknown_types_and_states_pass_through() {
    let webhooks = webhooks();
    for body in [
        r#"{"data":{"type":"appLiftedToTheMoon","id":"1","attributes":[1,2],"relationships":"none"}}"#,
        r#"{"data":{"type":"appLiftedToTheMoon","id":"2"},"more":true}"#,
    ] {
        let received = webhooks.receive("1000", Some(&sign(SECRET, body)), body.as_bytes()).unwrap();
        assert_eq!(received.kind, EventType::Unknown("appLiftedToTheMoon".to_owned()));
        assert_eq!(received.content, Content::Nothing);
    }
    assert_eq!((webhooks.health().unknown, webhooks.health().unreadable), (2, 0));
    let told = told(
        r#"{"data":{"type":"appStoreVersionAppVersionStateUpdated","id":"1","attributes":{"newValue":"ON_THE_MOON","timestamp":"soon"},
        "relationships":{"instance":{"data":{"type":"appStoreVersions","id":"v-1"}}}}}"#,
    );
    assert_eq!(told, "VersionState  v-1 ? -> ON_THE_MOON");
}

#[test]
fn both_names_of_every_type_lead_back_to_it() {
    for kind in EventType::known() {
        assert_eq!(EventType::from_api_name(kind.api_name()), kind);
        assert_eq!(EventType::from_wire_name(kind.wire_name()), kind);
    }
    assert_eq!((EventType::known().count(), EventType::of_apps().count()), (12, 9));
}
