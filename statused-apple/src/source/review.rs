//! Review submissions: a rejection may show there alone, as unresolved issues.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::checkpoint::AppMemory;
use super::status;
use super::versions::VersionSeen;
use crate::client::Pages;
use crate::wire::Resource;

/// What the submissions under way say.
#[derive(Debug, Default)]
pub(super) struct Reviews {
    /// Versions with unresolved issues, with the submission.
    unresolved: BTreeMap<String, String>,
    /// Their apps, as far as the answer says.
    apps: BTreeMap<String, String>,
    /// Submissions with unresolved issues that do not say of which version.
    unlinked: BTreeSet<String>,
    /// When Apple said so, by its own clock.
    at: Option<DateTime<Utc>>,
}

impl Reviews {
    pub(super) fn read(pages: &Pages) -> Self {
        let mut newest: BTreeMap<&str, &Resource> = BTreeMap::new();
        let mut reviews = Self { at: pages.at, ..Self::default() };
        for submission in &pages.data {
            match submission.linked_id("appStoreVersionForReview") {
                Some(version) => {
                    let place = newest.entry(version).or_insert(submission);
                    if submission.date("submittedDate") > place.date("submittedDate") {
                        *place = submission;
                    }
                }
                None if is_unresolved(submission) => {
                    reviews.unlinked.insert(submission.id.clone());
                }
                None => {}
            }
        }
        let app = |(version, submission): (&&str, &&Resource)| {
            submission.linked_id("app").map(|app| ((*version).to_owned(), app.to_owned()))
        };
        reviews.apps = newest.iter().filter_map(app).collect();
        let unresolved = newest.into_iter().filter(|(_, submission)| is_unresolved(submission));
        reviews.unresolved.extend(unresolved.map(|(version, submission)| (version.to_owned(), submission.id.clone())));
        reviews
    }

    /// The versions with unresolved issues.
    pub(super) fn unresolved(&self) -> impl Iterator<Item = &str> {
        self.unresolved.keys().map(String::as_str)
    }

    /// The app of a version, if its submission says so.
    pub(super) fn app_of(&self, version: &str) -> Option<&str> {
        self.apps.get(version).map(String::as_str)
    }

    /// Adds another answer's.
    pub(super) fn extend(&mut self, more: Self) {
        self.unresolved.extend(more.unresolved);
        self.apps.extend(more.apps);
        self.unlinked.extend(more.unlinked);
        self.at = self.at.or(more.at);
    }
}

fn is_unresolved(submission: &Resource) -> bool {
    submission.text("state") == Some("UNRESOLVED_ISSUES")
}

/// How the question for an app's submissions went.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    /// Answered.
    Yes(&'a Reviews),
    /// Not answered this time.
    Failed,
    /// Not needed, or not allowed with this key.
    No,
}

/// Puts the submissions' word over that of the version list. `false`: the version's status cannot be told now.
///
/// `known`: the app was seen before, so that a version in review has been judged with its submissions already.
pub(super) fn judge(version: &mut VersionSeen, memory: &mut AppMemory, asked: Asked<'_>, known: bool) -> bool {
    if !status::in_review(&version.status) {
        memory.unresolved.remove(&version.id);
        return true;
    }
    let remembered = memory.unresolved.get(&version.id);
    match asked {
        Asked::Yes(reviews) => {
            if let Some(submission) = reviews.unresolved.get(&version.id) {
                version.reject(submission, reviews.at);
                memory.unresolved.insert(version.id.clone(), submission.clone());
                return true;
            }
            if remembered.is_some_and(|submission| reviews.unlinked.contains(submission)) {
                return false;
            }
            memory.unresolved.remove(&version.id);
            true
        }
        Asked::Failed => known && remembered.is_none(),
        Asked::No => remembered.is_none(),
    }
}
