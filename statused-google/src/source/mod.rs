//! The source: sends the questions of a poll, and checks itself.

mod builder;
mod check;
mod poll;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use statused_core::StatusSource;
use statused_core::model::{Account, Store};
use statused_core::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};

pub use builder::{ConfigError, GooglePlayBuilder};

use crate::client::{Client, Health, ServiceAccount};
use crate::round::{CONSOLE, Config, ReviewStates, Session};

/// Watches the apps of one service account.
///
/// A poll is three requests for each app, and one more for each track whose lifecycle is read; the
/// [front page](crate) says when that is. Whatever a poll could not read is left out of its report; see
/// [`StatusSource`].
#[derive(Debug)]
pub struct GooglePlay {
    client: Client,
    config: Config,
    session: Mutex<Session>,
    review_states: Mutex<ReviewStates>,
}

impl GooglePlay {
    /// A source for the apps that this service account may see, to be adjusted.
    pub fn builder(account: ServiceAccount) -> GooglePlayBuilder {
        GooglePlayBuilder::new(account)
    }

    /// How the APIs are doing.
    pub fn health(&self) -> Health {
        self.client.health()
    }

    /// Of which apps the review states could not be read in the last poll, until when or why.
    pub fn review_states(&self) -> ReviewStates {
        self.review_states.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The client, for requests of your own. It shares the token, the health, and the turns at edits.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the account publishes by hand what has passed review; see [`GooglePlayBuilder::managed_publishing`].
    pub fn managed_publishing(&self) -> bool {
        self.config.managed_publishing
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        // Whatever was half-learned is learned again.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StatusSource for GooglePlay {
    fn account(&self) -> Account {
        Account::new(Store::GooglePlay).with_console_url(CONSOLE)
    }

    fn interval(&self) -> Duration {
        self.config.poll_every
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        poll::run(self, &request).await
    }

    fn vitals(&self) -> Vitals {
        let mut vitals = Vitals::new();
        vitals.api = Some(self.client.health().into());
        vitals
    }

    async fn check(&self) -> Vec<CheckLine> {
        check::run(self).await
    }
}
