//! What a source is made of.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::GooglePlay;
use crate::client::{Client, ClientBuilder, ClientError, ServiceAccount};
use crate::round::{Config, is_package};

/// Adjusts a [`GooglePlay`] source.
#[derive(Clone, Debug)]
#[must_use]
pub struct GooglePlayBuilder {
    client: ClientBuilder,
    config: Config,
    lifecycle_every: Duration,
}

/// Why a source could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not an Android package name.
    #[error(
        "{0:?} is no package name; one looks like com.acme.app, and stands in the Play Console below the app's name"
    )]
    Package(String),
    /// Not the id of a track.
    #[error(
        "{0:?} is no track; production, beta (open testing), alpha (closed testing), internal and wear:production are some"
    )]
    Track(String),
    /// Polling without a pause.
    #[error("the interval between two polls must not be zero")]
    Interval,
    /// Neither of the two views of a release is left.
    #[error("without edits and without the lifecycle there is nothing to watch")]
    Nothing,
    /// The client could not be made.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl GooglePlayBuilder {
    pub(super) fn new(account: ServiceAccount) -> Self {
        Self { client: Client::builder(account), config: Config::new(), lifecycle_every: Duration::from_secs(15 * 60) }
    }

    /// Watches these apps only, by package name. Left out, every app that the service account may see is watched.
    pub fn packages<I: IntoIterator<Item = S>, S: Into<String>>(mut self, packages: I) -> Self {
        self.config.packages = packages.into_iter().map(Into::into).collect();
        self
    }

    /// Watches these tracks only, by the store's ids: `production`, `beta`, `alpha`, `internal`, the name of a closed
    /// track, `wear:production`. Left out, every track is watched. A track that is added later is taken as it is found
    /// then.
    pub fn tracks<I: IntoIterator<Item = S>, S: Into<String>>(mut self, tracks: I) -> Self {
        self.config.tracks = tracks.into_iter().map(Into::into).collect();
        self
    }

    /// The pause between two polls; 60 seconds by default.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.config.poll_every = interval;
        self
    }

    /// The pause between two reads of the lifecycle of a track that is under way, if nothing hints at news; 15 minutes by
    /// default. Google refuses reads every three minutes for hours.
    pub fn lifecycle_every(mut self, interval: Duration) -> Self {
        self.lifecycle_every = interval;
        self
    }

    /// Whether to read how far releases have come at the store; the default. Without it there is only what the developer
    /// has declared, which says nothing of reviews and is marked as declared.
    pub fn lifecycle(mut self, wanted: bool) -> Self {
        self.config.lifecycle = wanted;
        self
    }

    /// Whether to open edits; the default. A service account has one edit for each app: whoever shares it with an uploader
    /// ends the uploader's edits, and must watch without. Then rollouts have no share, halts are not seen, and every
    /// track is read at the pace of one that is under way.
    pub fn edits(mut self, wanted: bool) -> Self {
        self.config.edits = wanted;
        self
    }

    /// Whether to ask for the apps' icons, once a day; the default. It is two requests more for each app.
    pub fn icons(mut self, wanted: bool) -> Self {
        self.config.icons = wanted;
        self
    }

    /// Whether the apps use managed publishing, so that what has passed review waits for the developer; not by default.
    ///
    /// Without it an approved release is about to go live, and is looked at again after one and five minutes. With it,
    /// that somebody has heard of an approval says nothing of a release being live: whoever takes in the store's letters
    /// asks [`GooglePlay::managed_publishing`].
    pub fn managed_publishing(mut self, on: bool) -> Self {
        self.config.managed_publishing = on;
        self
    }

    /// Another address for the Android Developer API than Google's: `https`, or `http` to this machine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.client = self.client.base_url(url);
        self
    }

    /// Another address for the Developer Reporting API than Google's: `https`, or `http` to this machine.
    pub fn reporting_url(mut self, url: impl Into<String>) -> Self {
        self.client = self.client.reporting_url(url);
        self
    }

    /// How long one request may take; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.client = self.client.timeout(timeout);
        self
    }

    /// The wait before a failed request is tried again, doubled for the last try; 200 ms by default.
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.client = self.client.retry_delay(delay);
        self
    }

    /// Where the client's time comes from, for tests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.client = self.client.clock(clock);
        self
    }

    /// The source. Nothing is asked of Google yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names what is wrong.
    pub fn build(self) -> Result<GooglePlay, ConfigError> {
        let Self { client, mut config, lifecycle_every } = self;
        config.packages = tidy(&config.packages);
        if let Some(bad) = config.packages.iter().find(|package| !is_package(package)) {
            return Err(ConfigError::Package(bad.clone()));
        }
        config.tracks = tidy(&config.tracks);
        let is_track = |track: &str| track.chars().any(char::is_alphanumeric) && !track.contains(['/', '?', '#']);
        if let Some(bad) = config.tracks.iter().find(|track| !is_track(track)) {
            return Err(ConfigError::Track(bad.clone()));
        }
        if config.poll_every.is_zero() {
            return Err(ConfigError::Interval);
        }
        if !config.edits && !config.lifecycle {
            return Err(ConfigError::Nothing);
        }
        // Longer than any life is as good as never.
        config.lifecycle_every =
            TimeDelta::from_std(lifecycle_every).unwrap_or(TimeDelta::days(365)).min(TimeDelta::days(365));
        Ok(GooglePlay { client: client.build()?, config, session: Mutex::default(), review_states: Mutex::default() })
    }
}

fn tidy(list: &[String]) -> Vec<String> {
    let mut list: Vec<String> = list.iter().map(|text| text.trim().to_owned()).collect();
    list.sort();
    list.dedup();
    list
}
