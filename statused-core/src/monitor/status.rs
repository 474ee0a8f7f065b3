//! What the monitor knows, for people and programs.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::engine::Aggregate;
use crate::model::{AggregateKey, AppId, Details, SourceId, Status, SubjectKind, TimeInReview};
use crate::store::{StateStore, StoreError};

/// An app, or an account, as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AppStatus {
    /// The source that watches it.
    pub source: SourceId,
    /// The app; `None` for the account itself.
    pub app_id: Option<AppId>,
    /// Name in the store.
    pub name: Option<String>,
    /// Bundle identifier or package name.
    pub bundle_id: Option<String>,
    /// Since when it is watched.
    pub watched_since: DateTime<Utc>,
    /// Its subjects, the newest first.
    pub subjects: Vec<SubjectStatus>,
}

/// A subject as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SubjectStatus {
    /// What it is.
    pub kind: SubjectKind,
    /// The store's id of it.
    pub id: String,
    /// Its status, by its label.
    pub status: String,
    /// Its status, by its stable code.
    pub status_code: Status,
    /// How far it is rolled out, as `30%`.
    pub user_distribution: Option<String>,
    /// Since when, as far as is known.
    pub since: DateTime<Utc>,
    /// Whether a look or a push has told something else that awaits a direct look.
    pub doubtful: bool,
    /// How long it waited for review, was in review, and waited for its release, before this status.
    #[serde(skip_serializing_if = "TimeInReview::is_unknown")]
    pub time_in_review: TimeInReview,
    /// What else is known.
    #[serde(flatten)]
    pub details: Details,
}

impl AppStatus {
    pub(super) fn new(key: &AggregateKey, aggregate: &Aggregate) -> Option<Self> {
        let mut subjects: Vec<_> = aggregate
            .subjects
            .iter()
            .map(|(key, subject)| SubjectStatus {
                kind: key.kind.clone(),
                id: key.id.clone(),
                status: subject.status.label().into_owned(),
                status_code: subject.status.clone(),
                user_distribution: subject.share.map(|share| share.to_string()),
                since: subject.at,
                doubtful: subject.doubt.is_some(),
                time_in_review: subject.time_in_review,
                details: subject.details.clone(),
            })
            .collect();
        subjects.sort_by(|a, b| (&a.kind, b.details.born_at, &a.id).cmp(&(&b.kind, a.details.born_at, &b.id)));
        Some(Self {
            source: key.source()?.clone(),
            app_id: key.app().cloned(),
            name: aggregate.app.name.clone(),
            bundle_id: aggregate.app.bundle_id.clone(),
            watched_since: aggregate.since,
            subjects,
        })
    }
}

/// What a store holds of every app and account, without a monitor.
///
/// # Errors
///
/// When the store cannot be read.
pub async fn status(store: &dyn StateStore) -> Result<Vec<AppStatus>, StoreError> {
    const PAGE: usize = 500;
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.list(after.as_ref(), PAGE).await?;
        let last = page.last().map(|stored| stored.key.clone());
        let full = page.len() == PAGE;
        for stored in page {
            match Aggregate::from_json(&stored.state) {
                Ok(aggregate) => found.extend(AppStatus::new(&stored.key, &aggregate)),
                Err(error) => tracing::warn!("{} cannot be read: {error}", stored.key),
            }
        }
        if !full {
            return Ok(found);
        }
        after = last;
    }
}
