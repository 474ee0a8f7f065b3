//! From transitions to events, and from events to deliveries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use super::aggregate::Aggregate;
use crate::model::{
    Account, AggregateKey, Details, Event, EventData, EventKind, Evidence, NewDelivery, Notification, SinkId, Status,
    SubjectKey, SubjectKind, Transition, WorkflowId, sentence,
};
use crate::workflow::Workflow;

/// The namespace of all event ids; drawn once.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f1d_6a52_0c7b_4f7e_9d0e_5b1c_2f64_a3e7);

/// A name for an event that any monitor derives alike.
pub(crate) fn event_id(aggregate: &AggregateKey, since: DateTime<Utc>, subject: &SubjectKey, sequence: u64) -> Uuid {
    let name = format!("{aggregate}|{}|{subject}|{sequence}", since.timestamp_micros());
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// The event that tells a transition.
pub(crate) fn event(
    key: &AggregateKey,
    aggregate: &Aggregate,
    account: &Account,
    transition: &Transition,
    details: &Details,
) -> Event {
    let info = &aggregate.app;
    let app_name =
        key.app().map(|id| info.name.clone().or_else(|| info.bundle_id.clone()).unwrap_or_else(|| id.to_string()));
    let kind = match transition.subject.kind {
        SubjectKind::Build | SubjectKind::BuildUpload => EventKind::Build,
        SubjectKind::Feedback => EventKind::Feedback,
        SubjectKind::BackgroundAsset | SubjectKind::BackgroundAssetRelease => EventKind::BackgroundAsset,
        SubjectKind::AlternativeDistribution => EventKind::Distribution,
        SubjectKind::TestFlight => EventKind::TestFlight,
        SubjectKind::Account => EventKind::Account,
        SubjectKind::Standing if matches!(transition.to, Status::ActionRequired | Status::ProductionAccess) => {
            EventKind::Policy
        }
        _ if transition.explains.is_some() => EventKind::Explained,
        _ => EventKind::App,
    };
    let mut data = dressed(&transition.to, account, transition.at);
    data.message = sentence(transition, details, app_name.as_deref().unwrap_or_default());
    data.version.clone_from(&details.version);
    data.track = details.track.as_deref().map(track_name);
    data.track_id = details.track.clone().filter(|_| transition.subject.kind == SubjectKind::Release);
    data.user_distribution = transition.share.map(|share| share.to_string());
    data.app_name = app_name;
    data.app_icon_url.clone_from(&info.icon_url);
    data.internal_store_url = details.console_url.clone().or_else(|| account.console_url.clone());
    data.previous_status =
        transition.from.as_ref().filter(|from| **from != transition.to).map(|status| status.label().into_owned());
    data.app_id = key.app().cloned();
    data.bundle_id.clone_from(&info.bundle_id);
    data.platform.clone_from(&details.platform);
    let codes: Vec<_> = details.version_codes.iter().map(ToString::to_string).collect();
    data.build_number = details.build.clone().or_else(|| Some(codes.join("+")).filter(|codes| !codes.is_empty()));
    data.version_codes.clone_from(&details.version_codes);
    data.evidence = Some(transition.evidence).filter(|evidence| *evidence == Evidence::Declared);
    data.reason.clone_from(&details.reason);
    data.deadline.clone_from(&details.deadline);
    let explained = transition.explains.filter(|sequence| *sequence > 0);
    data.follows = explained.map(|sequence| event_id(key, aggregate.since, &transition.subject, sequence));
    data.name.clone_from(&details.name);
    data.errors.clone_from(&details.errors);
    data.feedback = details.feedback.as_deref().cloned();
    data.territories.clone_from(&details.territories);
    data.time_in_review = Some(transition.time_in_review).filter(|time| !time.is_unknown());
    if kind == EventKind::Feedback {
        // It is something that was sent, not something that changed.
        (data.status, data.status_code, data.previous_status) = (String::new(), None, None);
    }
    Event {
        id: event_id(key, aggregate.since, &transition.subject, transition.sequence),
        kind,
        aggregate: key.clone(),
        subject: transition.subject.clone(),
        time: transition.at,
        data,
    }
}

/// A track as people know it; one that the developer has named keeps its name.
fn track_name(id: &str) -> String {
    match id {
        "production" => "Production".to_owned(),
        "beta" => "Beta".to_owned(),
        "alpha" => "Alpha".to_owned(),
        "internal" => "Internal".to_owned(),
        named => named.to_owned(),
    }
}

/// What every status event carries.
fn dressed(status: &Status, account: &Account, at: DateTime<Utc>) -> EventData {
    EventData {
        status: status.label().into_owned(),
        status_code: Some(status.clone()),
        status_color: status.color().to_owned(),
        store_name: account.store.name().to_owned(),
        timestamp: at.to_rfc3339_opts(SecondsFormat::Secs, true),
        ..EventData::default()
    }
}

/// The welcome of a workflow that begins.
pub(crate) fn welcome(id: &WorkflowId, name: &str, since: DateTime<Utc>) -> Event {
    let subject = SubjectKey::new(SubjectKind::Other("workflow".to_owned()), id.as_str());
    let message = format!("Your workflow {name} is active and watching for status changes.");
    of_workflow(EventKind::Welcome, id, subject, message, since)
}

/// A sample that says that it is one.
pub(crate) fn test_event(id: &WorkflowId, place: &str, now: DateTime<Utc>) -> Event {
    let subject = SubjectKey::new(SubjectKind::Other("test".to_owned()), place);
    let message = format!("This is a test notification for {place}. No status has changed.");
    of_workflow(EventKind::Test, id, subject, message, now)
}

/// An event that tells of no status.
fn of_workflow(kind: EventKind, id: &WorkflowId, subject: SubjectKey, message: String, at: DateTime<Utc>) -> Event {
    let aggregate = AggregateKey::Workflow(id.clone());
    let data = EventData {
        message,
        store_name: "Statused".to_owned(),
        status_color: Status::ReadyForSale.color().to_owned(),
        timestamp: at.to_rfc3339_opts(SecondsFormat::Secs, true),
        workflow_id: Some(id.clone()),
        ..EventData::default()
    };
    Event { id: event_id(&aggregate, at, &subject, 0), kind, aggregate, subject, time: at, data }
}

/// Where an event goes: every workflow is asked, each sink gets it once, from the first workflow that names it.
pub(crate) fn deliveries(event: &Event, workflows: &BTreeMap<WorkflowId, Arc<dyn Workflow>>) -> Vec<NewDelivery> {
    let mut seen: BTreeSet<SinkId> = BTreeSet::new();
    let mut deliveries = Vec::new();
    for (id, workflow) in workflows {
        for route in workflow.route(event) {
            if seen.insert(route.sink.clone()) {
                let mut event = event.clone();
                event.data.workflow_id = Some(id.clone());
                if let Some(message) = route.message {
                    event.data.message = message;
                }
                deliveries.push(NewDelivery::new(route.sink, Notification::new(event, id.clone())));
            }
        }
    }
    deliveries
}

/// A welcome goes to every sink of its workflow.
pub(crate) fn welcome_deliveries(event: &Event, id: &WorkflowId, workflow: &dyn Workflow) -> Vec<NewDelivery> {
    let sinks: BTreeSet<SinkId> = workflow.sinks().into_iter().collect();
    sinks.into_iter().map(|sink| NewDelivery::new(sink, Notification::new(event.clone(), id.clone()))).collect()
}
