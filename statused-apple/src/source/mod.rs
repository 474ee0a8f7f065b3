//! The source: polls, direct looks for pushes, and what pushes have missed.

mod ask;
mod builder;
mod builds;
mod check;
mod check_pushes;
mod checkpoint;
pub(crate) mod console;
mod found;
mod light;
mod named;
mod pace;
mod phased;
mod ping;
mod plan;
mod recovery;
mod review;
mod round;
pub(crate) mod status;
mod tell;
mod troubles;
mod turns;
mod versions;

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use statused_core::StatusSource;
use statused_core::model::{Account, Store};
use statused_core::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};

pub use builder::{AppStoreConnectBuilder, ConfigError};

use crate::client::{Client, Credentials, Health};
use pace::{Pace, Pushes};

/// Watches the apps of one App Store Connect key.
///
/// For up to 200 apps a poll is two requests, one more for each version in a phased release, and one more while
/// anything is under review; while the pushes of [its webhooks](AppStoreConnectBuilder::webhooks) can be relied on, most
/// polls are one. Whatever a poll could not read is left out of its report; see [`StatusSource`].
///
/// Where the hour's requests do not suffice for everything at this pace, phased releases take turns, so that the lists, which
/// show all that is under review, keep theirs: from half of the hour's requests on. If not even the lists can be kept up, polls
/// slow down once a tenth is left. [Troubles](PollReport::troubles) say so.
#[derive(Debug)]
pub struct AppStoreConnect {
    client: Client,
    /// Apple's ids, sorted; empty: every app that the key shows.
    apps: Vec<String>,
    poll_every: Duration,
    /// The pushes that it works together with.
    pushes: Option<Pushes>,
    pace: Mutex<Pace>,
    /// Whether testers' own words are asked for.
    feedback_comments: bool,
    /// Whether to ask for the apps' own icons; given up when the API refuses the question.
    icons: AtomicBool,
}

impl AppStoreConnect {
    /// A source for the apps that these credentials show, to be adjusted.
    pub fn builder(credentials: Credentials) -> AppStoreConnectBuilder {
        AppStoreConnectBuilder::new(credentials)
    }

    /// How the API is doing.
    pub fn health(&self) -> Health {
        self.client.health()
    }

    /// The client, for requests of your own. It shares the token, the budget and the health.
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // Whatever was half-learned is learned again.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StatusSource for AppStoreConnect {
    fn account(&self) -> Account {
        Account::new(Store::AppStoreConnect).with_console_url(console::BUSINESS)
    }

    fn interval(&self) -> Duration {
        self.poll_every
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        round::run(self, &request).await
    }

    fn vitals(&self) -> Vitals {
        let mut vitals = Vitals::new();
        vitals.api = Some(self.client.health().into());
        vitals.push = self.pushes.as_ref().map(|pushes| {
            let mut push = pushes.webhooks.health();
            push.trusted = pushes.are_trusted(&self.pace());
            push
        });
        vitals
    }

    async fn check(&self) -> Vec<CheckLine> {
        check::run(self).await
    }
}
