//! What a webhook's body says, field for field.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::receiver::Hit;
use crate::support::{Stage, changed};

const APP: &str = "Markdown Email";

/// The fields of the reference in its order, and the first one that is added to them.
const REFERENCE: [&str; 12] = [
    "message",
    "version",
    "status",
    "track",
    "user_distribution",
    "store_name",
    "status_color",
    "app_name",
    "app_icon_url",
    "internal_store_url",
    "timestamp",
    "status_code",
];

/// The body without the moment, which must be the same in its places.
fn timeless(hit: &Hit) -> Value {
    let mut body = hit.json();
    let time = body["time"].take();
    assert_eq!(body["data"]["timestamp"].take(), time);
    let time = time.as_str().unwrap();
    assert!(time.len() == 20 && time.ends_with('Z') && DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
    body
}

#[tokio::test]
async fn bodies_are_the_references_field_for_field() {
    let stage = Stage::new().await;
    let app = stage.apple.app("1234567890", APP, "com.example.markdown-email").icon("https://icons.example/acme");
    let version = app.version("1.2.3").state("PENDING_DEVELOPER_RELEASE");
    let live = stage.monitor().await;
    live.ticks(1).await;
    version.state("READY_FOR_SALE").phased("ACTIVE", Some(3));
    live.ticks(1).await;
    app.build("1.3.0", "5").processing("VALID");
    live.ticks(1).await;
    stage.apple.agreement_pending(true);
    live.ticks(2).await;

    let taken = stage.ci.taken();
    let envelope = |hit: &Hit, kind: &str, data: Value| {
        json!({
            "specversion": "1.0", "type": format!("com.statused.{kind}.status.updated"), "source": "statused",
            "id": hit.id, "time": null, "datacontenttype": "application/json", "data": data,
        })
    };
    let [_, sale, phase, build, agreement] = &taken[..] else { panic!("{:#?}", stage.ci.told()) };
    let of_app = json!({
        "message": changed(APP, "Ready for Sale"), "version": "1.2.3", "status": "Ready for Sale",
        "store_name": "App Store Connect", "status_color": "#1eb6fc", "app_name": APP,
        "app_icon_url": "https://icons.example/acme/512x512bb.png",
        "internal_store_url": "https://appstoreconnect.apple.com/apps/1234567890/distribution/ios/version/deliverable",
        "timestamp": null, "status_code": "READY_FOR_SALE", "previous_status": "Pending Developer Release",
        "app_id": "1234567890", "bundle_id": "com.example.markdown-email", "platform": "IOS", "workflow_id": "all",
    });
    assert_eq!(timeless(sale), envelope(sale, "app", of_app));
    assert_eq!(phase.data("user_distribution").as_deref(), Some("5%"));
    let of_build = json!({
        "message": format!("The status of build 1.3.0 (5) of {APP} changed to Valid"), "version": "1.3.0",
        "status": "Valid", "store_name": "App Store Connect", "status_color": "#1eb6fc", "app_name": APP,
        "app_icon_url": "https://icons.example/acme/512x512bb.png",
        "internal_store_url": "https://appstoreconnect.apple.com/apps/1234567890/testflight/ios",
        "timestamp": null, "status_code": "VALID", "app_id": "1234567890", "bundle_id": "com.example.markdown-email",
        "platform": "IOS", "build_number": "5", "workflow_id": "all",
    });
    assert_eq!(timeless(build), envelope(build, "build", of_build));
    let of_account = json!({
        "message": "Action Needed: You Have Pending Agreements", "status": "Pending Agreement Acceptance",
        "store_name": "App Store Connect", "status_color": "#ff6b6b",
        "internal_store_url": "https://appstoreconnect.apple.com/business", "timestamp": null,
        "status_code": "PENDING_AGREEMENT", "previous_status": "Agreement Accepted", "workflow_id": "all",
    });
    assert_eq!(timeless(agreement), envelope(agreement, "account", of_account));
    for hit in &taken {
        let place = |name: &&str| hit.body.find(&format!("\"{name}\":"));
        let envelope = ["specversion", "type", "source", "id", "time", "datacontenttype", "data"];
        let places: Vec<_> = envelope.iter().chain(&REFERENCE).filter_map(place).collect();
        assert!(places.is_sorted() && places.len() > 8, "{}", hit.body);
    }
}
