//! Transitions made public.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::app::{AggregateKey, Store};
use super::id::{AppId, WorkflowId};
use super::observation::Evidence;
use super::problem::{Feedback, Problem};
use super::review::TimeInReview;
use super::rollout::Share;
use super::status::Status;
use super::subject::SubjectKey;

/// What an event is about; each has a type of its own on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// An app version or its rollout.
    App,
    /// A build.
    Build,
    /// A build's state for external TestFlight testers.
    TestFlight,
    /// A tester's feedback; it has no status.
    Feedback,
    /// An asset pack that Apple hosts, or its release.
    BackgroundAsset,
    /// A package for alternative distribution.
    Distribution,
    /// What the store has told afterwards of a status that was announced before: why an app was rejected.
    Explained,
    /// What the store wants of the developer, or allows: a warning, access to production.
    Policy,
    /// The account.
    Account,
    /// A workflow begins.
    Welcome,
    /// A sample on request.
    Test,
}

impl EventKind {
    pub(crate) const ALL: [Self; 11] = [
        Self::App,
        Self::Build,
        Self::TestFlight,
        Self::Feedback,
        Self::BackgroundAsset,
        Self::Distribution,
        Self::Explained,
        Self::Policy,
        Self::Account,
        Self::Welcome,
        Self::Test,
    ];

    /// The CloudEvents `type`.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::App => "com.statused.app.status.updated",
            Self::Build => "com.statused.build.status.updated",
            Self::TestFlight => "com.statused.testflight.status.updated",
            Self::Feedback => "com.statused.testflight.feedback.created",
            Self::BackgroundAsset => "com.statused.background-asset.status.updated",
            Self::Distribution => "com.statused.distribution.status.updated",
            Self::Explained => "com.statused.app.status.explained",
            Self::Policy => "com.statused.app.policy.updated",
            Self::Account => "com.statused.account.status.updated",
            Self::Welcome => "com.statused.workflow.welcome",
            Self::Test => "com.statused.test",
        }
    }

    /// The kind of a CloudEvents `type`. `None` for a type that this version does not know.
    pub fn from_type_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_name() == name)
    }
}

/// A transition made public.
///
/// The same change always makes the same event with the same id, whoever saw it and however often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Unique and stable (UUID v5): the idempotency key of every delivery.
    pub id: Uuid,
    /// What it is about.
    pub kind: EventKind,
    /// Whose it is.
    pub aggregate: AggregateKey,
    /// The subject that changed.
    pub subject: SubjectKey,
    /// When it happened: the store's word if it gives one, else when it was seen. UTC.
    pub time: DateTime<Utc>,
    /// What it carries.
    pub data: EventData,
}

impl Event {
    /// An event as it stands. The engine makes those that are announced; this one serves tests of sinks and workflows.
    ///
    /// ```
    /// use statused_core::model::{AggregateKey, Event, EventData, EventKind, SubjectKey, SubjectKind};
    ///
    /// let app = AggregateKey::App("apple".into(), "1234567890".into());
    /// let version = SubjectKey::new(SubjectKind::Version, "v1");
    /// let mut data = EventData::default();
    /// data.message = "The status of your app MyApp changed to Ready for Sale".to_owned();
    /// let event = Event::new(Default::default(), EventKind::App, app, version, Default::default(), data);
    /// assert_eq!(event.kind.type_name(), "com.statused.app.status.updated");
    /// ```
    pub fn new(
        id: Uuid,
        kind: EventKind,
        aggregate: AggregateKey,
        subject: SubjectKey,
        time: DateTime<Utc>,
        data: EventData,
    ) -> Self {
        Self { id, kind, aggregate, subject, time, data }
    }
}

/// What an event carries, in the order and with the names of the wire.
///
/// The fields up to `timestamp` are those of the reference; what follows is added by this project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventData {
    /// The change in a sentence.
    pub message: String,
    /// Marketing version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The new status, by its label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Release track, where the store has tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<String>,
    /// Share of users that a rollout reaches, as `30%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_distribution: Option<String>,
    /// Public name of the store.
    pub store_name: String,
    /// Colour of the status, as `#rrggbb`.
    pub status_color: String,
    /// Name of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_name: Option<String>,
    /// Address of the app's icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_icon_url: Option<String>,
    /// Where the store's console shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_store_url: Option<String>,
    /// When it happened, RFC 3339 in UTC, whole seconds.
    pub timestamp: String,
    /// The new status, by its stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<Status>,
    /// The status before, by its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<String>,
    /// The store's id of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AppId>,
    /// Bundle identifier or package name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_id: Option<String>,
    /// Platform, by the store's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Build number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_number: Option<String>,
    /// Release track, by the store's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_id: Option<String>,
    /// The version codes that a release carries, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub version_codes: Vec<u64>,
    /// `declared`, if the status is only what the developer intends: the store does not tell more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Why, in the store's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when the store wants something done, as it writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// The event that this one adds to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Uuid>,
    /// What the store calls it, where it is not a version or a build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the store found wrong with a failed upload.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Problem>,
    /// What a tester sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Feedback>,
    /// The territories that it is about, by the store's codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub territories: Vec<String>,
    /// How long the version has waited so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_in_review: Option<TimeInReview>,
    /// The workflow that a welcome or a test belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
}

/// A real change of one subject, before it is put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// Of what.
    pub subject: SubjectKey,
    /// Its place among the subject's changes, from 1.
    pub sequence: u64,
    /// The status before; `None` when the subject is new.
    pub from: Option<Status>,
    /// The status now.
    pub to: Status,
    /// The share before.
    pub share_before: Option<Share>,
    /// The share now.
    pub share: Option<Share>,
    /// When it happened, as far as is known.
    pub at: DateTime<Utc>,
    /// How long the subject has waited so far.
    pub time_in_review: TimeInReview,
    /// How much is known of it.
    pub evidence: Evidence,
    /// The change that it tells more of, by its place; then nothing has changed. 0 for one that was never announced.
    pub explains: Option<u64>,
}

impl Transition {
    /// A first change to a status; the other fields are set afterwards.
    pub fn new(subject: SubjectKey, sequence: u64, to: Status, at: DateTime<Utc>) -> Self {
        Self {
            subject,
            sequence,
            from: None,
            to,
            share_before: None,
            share: None,
            at,
            time_in_review: TimeInReview::default(),
            evidence: Evidence::Effective,
            explains: None,
        }
    }
}

/// The store that an aggregate belongs to and the account's place in its console.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Which store.
    pub store: Store,
    /// Where the console shows the account, for events about it.
    pub console_url: Option<String>,
}

impl Account {
    /// An account of a store.
    pub fn new(store: Store) -> Self {
        Self { store, console_url: None }
    }

    /// Adds the console's address.
    #[must_use]
    pub fn with_console_url(mut self, url: impl Into<String>) -> Self {
        self.console_url = Some(url.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_its_type_and_an_unknown_type_is_not() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_type_name(kind.type_name()), Some(kind));
        }
        assert_eq!(EventKind::from_type_name("com.statused.weather"), None);
    }
}
