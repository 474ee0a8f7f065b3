//! What kind of event a transition becomes, and which details it carries.

use super::*;
use crate::engine::announce;
use crate::model::{Account, AggregateKey, Event, EventData, EventKind, Store, Transition, WorkflowId};
use crate::workflow::RuleWorkflow;

fn app() -> AggregateKey {
    AggregateKey::App("google".into(), "com.acme".into())
}

fn event(transition: &Transition, details: &Details) -> Event {
    announce::event(&app(), &Aggregate::new(at(0)), &Account::new(Store::GooglePlay), transition, details)
}

fn transition(kind: SubjectKind, to: Status) -> Transition {
    Transition::new(SubjectKey::new(kind, "1"), 2, to, at(3))
}

/// The data of a release that went live, with these details.
fn release(details: &Details) -> EventData {
    event(&transition(SubjectKind::Release, Status::ReadyForSale), details).data
}

#[test]
fn each_kind_of_subject_has_its_kind_of_event() {
    use EventKind as K;
    use SubjectKind as S;
    let cases = [
        (S::Version, Status::InReview, K::App),
        (S::Release, Status::InReview, K::App),
        (S::Build, Status::Valid, K::Build),
        (S::BuildUpload, Status::Processing, K::Build),
        (S::Feedback, Status::Received, K::Feedback),
        (S::BackgroundAsset, Status::Processing, K::BackgroundAsset),
        (S::BackgroundAssetRelease, Status::InReview, K::BackgroundAsset),
        (S::AlternativeDistribution, Status::Processing, K::Distribution),
        (S::TestFlight, Status::InReview, K::TestFlight),
        (S::Account, Status::PendingAgreement, K::Account),
        (S::Standing, Status::ActionRequired, K::Policy),
        (S::Standing, Status::ProductionAccess, K::Policy),
        (S::Standing, Status::InReview, K::App),
    ];
    for (subject, to, kind) in cases {
        assert_eq!(event(&transition(subject.clone(), to.clone()), &Details::new()).kind, kind, "{subject:?} {to:?}");
    }
}

#[test]
fn what_explains_a_status_names_the_event_that_it_follows() {
    let mut explains = transition(SubjectKind::Release, Status::Rejected);
    explains.explains = Some(1);
    let explained = event(&explains, &Details::new());
    assert_eq!(explained.kind, EventKind::Explained);
    assert_eq!(explained.data.follows, Some(announce::event_id(&app(), at(0), &explains.subject, 1)));
    explains.explains = Some(0);
    let quiet = event(&explains, &Details::new());
    assert_eq!((quiet.kind, quiet.data.follows), (EventKind::Explained, None), "what it explains was never told");
}

#[test]
fn a_track_is_called_as_people_know_it() {
    let names =
        [("production", "Production"), ("beta", "Beta"), ("alpha", "Alpha"), ("internal", "Internal"), ("qa", "qa")];
    for (id, name) in names {
        let mut details = Details::new();
        details.track = Some(id.to_owned());
        let data = release(&details);
        assert_eq!((data.track.as_deref(), data.track_id.as_deref()), (Some(name), Some(id)));
        let version = event(&transition(SubjectKind::Version, Status::InReview), &details);
        assert_eq!(version.data.track_id, None, "only Google's releases are of a track with an id");
    }
}

#[test]
fn a_release_without_a_build_number_has_its_version_codes_for_one() {
    let mut details = Details::new();
    assert_eq!(release(&details).build_number, None);
    details.version_codes = vec![7, 8];
    assert_eq!(release(&details).build_number.as_deref(), Some("7+8"));
    details.build = Some("9".to_owned());
    assert_eq!(release(&details).build_number.as_deref(), Some("9"));
}

#[test]
fn evidence_and_the_time_in_review_are_named_when_there_is_something_to_say() {
    let mut told = transition(SubjectKind::Version, Status::InReview);
    let data = event(&told, &Details::new()).data;
    assert_eq!((data.evidence, data.time_in_review.is_some()), (None, false));
    told.evidence = Evidence::Declared;
    told.time_in_review.submitted_to_decided_seconds = Some(60);
    let data = event(&told, &Details::new()).data;
    assert_eq!(data.evidence, Some(Evidence::Declared));
    assert_eq!(data.time_in_review.and_then(|time| time.submitted_to_decided_seconds), Some(60));
}

#[test]
fn a_welcome_says_whose_it_is_and_goes_to_each_sink_once() {
    let id = WorkflowId::from("w");
    let welcome = announce::welcome(&id, "Mobile", at(3));
    let data = &welcome.data;
    assert_eq!(data.message, "Your workflow Mobile is active and watching for status changes.");
    assert_eq!((data.store_name.as_str(), data.status_color.as_str()), ("Statused", "#1eb6fc"));
    assert_eq!((data.timestamp.as_str(), data.workflow_id.as_ref()), ("2024-10-04T00:03:00Z", Some(&id)));
    let sinks = announce::welcome_deliveries(&welcome, &id, &RuleWorkflow::new("Mobile").sinks(["a", "b", "a"]));
    assert_eq!(sinks.iter().map(|delivery| delivery.sink.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}
