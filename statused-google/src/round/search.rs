//! Which apps there are.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use statused_core::source::{SourceError, SourceErrorKind};

use super::Config;
use super::memory::{Memory, between};
use super::troubles::{Part, Troubles};
use crate::client::{ApiError, AppFound};

/// How often the apps are searched for.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// The same after a search that failed and may not fail again.
const SOON: TimeDelta = TimeDelta::minutes(5);
/// An app is watched until so many searches in a row have not shown it.
const ENOUGH: u8 = 3;

/// What was found out of the apps since the start. It is found out anew after the next one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    due: Option<DateTime<Utc>>,
    /// The apps and their names, once a search has succeeded.
    apps: Option<BTreeMap<String, String>>,
    /// Whether the last search's result has been compared with what is watched.
    fresh: bool,
    /// Why the last search failed.
    pub(super) trouble: Option<SourceError>,
}

impl Session {
    /// Whether to search for apps in this poll.
    pub(crate) fn wants_search(&self, now: DateTime<Utc>) -> bool {
        self.due.is_none_or(|due| due <= now || between(due, now) > EVERY)
    }

    /// Takes what a search has found, or why it has not.
    pub(crate) fn take(&mut self, answer: Result<Vec<AppFound>, ApiError>, now: DateTime<Utc>) {
        match answer {
            Ok(found) => {
                let named = found.into_iter().filter(|app| is_package(&app.package_name));
                self.apps = Some(named.map(|app| (app.package_name, app.display_name)).collect());
                (self.trouble, self.fresh, self.due) = (None, true, Some(now + EVERY));
            }
            Err(error) => {
                self.due = Some(now + if error.is_lasting() { EVERY } else { SOON });
                self.trouble = Some(error.into());
            }
        }
    }

    /// What an app is called.
    pub(super) fn name(&self, package: &str) -> Option<&str> {
        self.apps.as_ref()?.get(package).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// Says what the search leaves open.
    pub(super) fn complain(&self, config: &Config, packages: &[String], troubles: &mut Troubles) {
        if let Some(trouble) = &self.trouble {
            let mut trouble = trouble.clone();
            let rest = if config.packages.is_empty() { "known apps are watched on" } else { "apps go without names" };
            trouble.message = format!("{}; {rest}", trouble.message);
            troubles.note(Part::Search, trouble);
        }
        let Some(apps) = &self.apps else { return };
        let hidden: Vec<_> = config.packages.iter().filter(|package| !apps.contains_key(*package)).collect();
        if let Some(first) = hidden.first() {
            let message = format!(
                "it does not show {first}: check the package name, and that the service account may see the app under Play Console → Users and permissions"
            );
            troubles.note(Part::Search, SourceError::new(SourceErrorKind::Credentials, message));
        }
        if packages.is_empty() {
            let message = "it shows no app: invite the service account under Play Console → Users and permissions, and tick View app information (read-only)";
            troubles.note(Part::Search, SourceError::new(SourceErrorKind::Credentials, message));
        }
    }

    /// The result of the last search, once.
    pub(crate) fn settle(&mut self) {
        self.fresh = false;
    }
}

/// The apps to watch: those that were named, or those that the search shows and those that it has not lacked for long.
pub(super) fn packages(config: &Config, memory: &mut Memory, session: &Session) -> Vec<String> {
    if !config.packages.is_empty() {
        memory.apps.retain(|package, _| config.packages.contains(package));
        return config.packages.clone();
    }
    if let (true, Some(apps)) = (session.fresh, &session.apps) {
        for (package, app) in &mut memory.apps {
            app.missed = if apps.contains_key(package) { 0 } else { app.missed.saturating_add(1) };
        }
        memory.apps.retain(|_, app| app.missed < ENOUGH);
    }
    let found = session.apps.iter().flat_map(BTreeMap::keys);
    let mut packages: Vec<String> = found.chain(memory.apps.keys()).cloned().collect();
    packages.sort();
    packages.dedup();
    packages
}

/// Whether a text is a package name.
pub(crate) fn is_package(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    text.contains('.') && text.len() <= 255 && text.split('.').all(part)
}
