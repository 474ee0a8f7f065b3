//! Events: the reference's words, labels, colours and field order; and who gets them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::engine::announce;
use crate::model::{Account, AggregateKey, Event, EventKind, SinkId, Store, Transition, WorkflowId};
use crate::workflow::{Route, RuleWorkflow, Workflow};

const CONSOLE: &str = "https://appstoreconnect.apple.com/apps/1";

fn account() -> Account {
    Account::new(Store::AppStoreConnect).with_console_url("https://appstoreconnect.apple.com/agreements")
}

fn event(kind: SubjectKind, from: Option<Status>, to: Status, share: Option<Share>, details: &Details) -> Event {
    let key = match kind {
        SubjectKind::Account => AggregateKey::Account("apple".into()),
        _ => AggregateKey::App("apple".into(), "1".into()),
    };
    let mut aggregate = Aggregate::new(at(0));
    if kind != SubjectKind::Account {
        aggregate.app = AppInfo::new().with_name("Markdown Email").with_icon_url("https://example.com/app-icon.png");
    }
    let mut transition = Transition::new(SubjectKey::new(kind, "1"), 1, to, at(3));
    (transition.from, transition.share) = (from, share);
    announce::event(&key, &aggregate, &account(), &transition, details)
}

fn release() -> Details {
    let mut details = Details::new();
    details.version = Some("1.2.3".to_owned());
    details.console_url = Some(CONSOLE.to_owned());
    details
}

fn fields(event: &Event) -> Vec<String> {
    // `serde_json` sorts a `Value`, so the order is read off the text: every value here is a plain string.
    let json = serde_json::to_string(&event.data).unwrap();
    let words: Vec<&str> = json.split('"').collect();
    words.windows(2).skip(1).step_by(4).map(|pair| pair[0].to_owned()).collect()
}

#[test]
fn sentences_labels_and_colours_are_the_references() {
    use Status::*;
    let share = |percent| Some(Share::percent(percent));
    let mut five = release();
    (five.version, five.build) = (Some("1.0".to_owned()), Some("5".to_owned()));
    let rollout = SubjectKind::PhasedRelease;
    let cases = [
        (
            SubjectKind::Version,
            None,
            ReadyForSale,
            None,
            "Ready for Sale",
            "#1eb6fc",
            "The status of your app Markdown Email changed to Ready for Sale",
        ),
        (
            SubjectKind::Version,
            None,
            Rejected,
            None,
            "Rejected",
            "#e0143d",
            "The status of your app Markdown Email changed to Rejected",
        ),
        (
            SubjectKind::Build,
            None,
            Valid,
            None,
            "Valid",
            "#1eb6fc",
            "The status of build 1.0 (5) of Markdown Email changed to Valid",
        ),
        (
            SubjectKind::TestFlight,
            None,
            BetaApproved,
            None,
            "Beta Approved",
            "#14ba40",
            "The TestFlight status of build 1.0 (5) of Markdown Email changed to Beta Approved",
        ),
        (
            SubjectKind::Account,
            None,
            PendingAgreement,
            None,
            "Pending Agreement Acceptance",
            "#ff6b6b",
            "Action Needed: You Have Pending Agreements",
        ),
        (
            SubjectKind::Account,
            None,
            AgreementAccepted,
            None,
            "Agreement Accepted",
            "#1eb6fc",
            "All Set: Your Agreements Are Accepted",
        ),
        (
            rollout.clone(),
            None,
            RolloutInProgress,
            share(5),
            "Phased Rollout Is In Progress",
            "#1eb6fc",
            "Your phased rollout for Markdown Email is active, rolling out to 5% of your users.",
        ),
        (
            rollout.clone(),
            None,
            RolloutPaused,
            share(5),
            "Phased Rollout Paused",
            "#f4f124",
            "Your phased rollout for Markdown Email has been paused at 5%.",
        ),
        (
            rollout.clone(),
            Some(RolloutPaused),
            RolloutInProgress,
            share(5),
            "Phased Rollout Is In Progress",
            "#1eb6fc",
            "Your phased rollout for Markdown Email has been resumed and is rolling out to 5% of your users.",
        ),
        (
            rollout,
            None,
            RolloutFinished,
            share(100),
            "Phased Rollout Finished",
            "#1eb6fc",
            "Your phased rollout for Markdown Email is complete and your app update has rolled out to 100% of users.",
        ),
    ];
    for (kind, from, to, share, label, colour, message) in cases {
        let data = event(kind, from, to, share, &five).data;
        assert_eq!((data.message.as_str(), data.status.as_str(), data.status_color.as_str()), (message, label, colour));
    }
}

#[test]
fn the_references_fields_come_first_and_in_its_order() {
    let mut details = release();
    details.track = Some("Production".to_owned());
    let full =
        event(SubjectKind::Version, Some(Status::InReview), Status::ReadyForSale, Some(Share::percent(30)), &details);
    let reference = [
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
    ];
    assert_eq!(fields(&full)[..reference.len()], reference);
    assert_eq!(full.data.user_distribution.as_deref(), Some("30%"));
    assert_eq!(full.data.store_name, "App Store Connect");
    assert_eq!(full.data.internal_store_url.as_deref(), Some(CONSOLE));
    assert_eq!(full.data.timestamp, "2024-10-04T00:03:00Z");
    assert_eq!(full.data.previous_status.as_deref(), Some("In Review"));
    assert_eq!(full.kind.type_name(), "com.statused.app.status.updated");
}

#[test]
fn an_app_without_tracks_and_rollout_has_no_such_fields() {
    for kind in [SubjectKind::Version, SubjectKind::Build] {
        let plain = event(kind, None, Status::Valid, None, &release());
        let reference = [
            "message",
            "version",
            "status",
            "store_name",
            "status_color",
            "app_name",
            "app_icon_url",
            "internal_store_url",
            "timestamp",
        ];
        assert_eq!(fields(&plain)[..reference.len()], reference);
        assert!(!fields(&plain).iter().any(|field| field == "track" || field == "user_distribution"));
    }
}

#[test]
fn an_account_event_has_no_app() {
    let pending = event(SubjectKind::Account, None, Status::PendingAgreement, None, &Details::new());
    let reference = ["message", "status", "store_name", "status_color", "internal_store_url", "timestamp"];
    assert_eq!(fields(&pending)[..reference.len()], reference);
    assert!(!fields(&pending).iter().any(|field| field.starts_with("app") || field == "version"));
    assert_eq!(pending.kind, EventKind::Account);
    assert_eq!(pending.data.internal_store_url.as_deref(), Some("https://appstoreconnect.apple.com/agreements"));
}

#[test]
fn an_app_without_a_name_is_called_by_what_is_known() {
    let mut aggregate = Aggregate::new(at(0));
    let key = AggregateKey::App("apple".into(), "1".into());
    let version = SubjectKey::new(SubjectKind::Version, "v");
    let transition = Transition::new(version, 1, Status::ReadyForSale, at(0));
    let name = |aggregate: &Aggregate| {
        announce::event(&key, aggregate, &account(), &transition, &Details::new()).data.app_name.unwrap()
    };
    assert_eq!(name(&aggregate), "1");
    aggregate.app = AppInfo::new().with_bundle_id("com.acme.app");
    assert_eq!(name(&aggregate), "com.acme.app");
}

/// Routes everything to one sink in words of its own.
#[derive(Debug)]
struct Wordy;

impl Workflow for Wordy {
    fn name(&self) -> &str {
        "wordy"
    }

    fn sinks(&self) -> Vec<SinkId> {
        vec!["s".into()]
    }

    fn enabled(&self) -> bool {
        true
    }

    fn route(&self, event: &Event) -> Vec<Route> {
        vec![Route::to("s").saying(format!("Hear, hear: {}", event.data.status))]
    }
}

/// What goes where, as `sink workflow message`.
fn routed(workflows: Vec<(&str, Arc<dyn Workflow>)>) -> Vec<String> {
    let workflows: BTreeMap<WorkflowId, _> = workflows.into_iter().map(|(id, w)| (id.into(), w)).collect();
    let live = event(SubjectKind::Version, None, Status::ReadyForSale, None, &release());
    announce::deliveries(&live, &workflows)
        .into_iter()
        .map(|delivery| {
            assert_eq!(delivery.notification.event.id, live.id, "every copy is the same event");
            let data = &delivery.notification.event.data;
            assert_eq!(data.workflow_id.as_ref(), Some(&delivery.notification.workflow));
            format!("{} {} {}", delivery.sink, delivery.notification.workflow, data.message)
        })
        .collect()
}

const LIVE: &str = "The status of your app Markdown Email changed to Ready for Sale";

#[test]
fn every_workflow_of_an_app_gets_its_news() {
    let to = |sink: &str| -> Arc<dyn Workflow> { Arc::new(RuleWorkflow::new("w").apps(["1"]).sinks([sink])) };
    assert_eq!(routed(vec![("w1", to("a")), ("w2", to("b"))]), [format!("a w1 {LIVE}"), format!("b w2 {LIVE}")]);
}

#[test]
fn a_sink_that_two_workflows_name_gets_it_once() {
    let both = || -> Arc<dyn Workflow> { Arc::new(RuleWorkflow::new("w").sinks(["a", "b"])) };
    assert_eq!(routed(vec![("w1", both()), ("w2", both())]), [format!("a w1 {LIVE}"), format!("b w1 {LIVE}")]);
}

#[test]
fn a_workflows_own_words_are_its_own() {
    let plain = Arc::new(RuleWorkflow::new("w").sinks(["t"]));
    let told = routed(vec![("w1", Arc::new(Wordy)), ("w2", plain)]);
    assert_eq!(told, ["s w1 Hear, hear: Ready for Sale".to_owned(), format!("t w2 {LIVE}")]);
}
