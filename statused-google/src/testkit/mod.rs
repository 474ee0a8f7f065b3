//! A fake Google Play over real HTTP, and the source without one.
//!
//! The fake has the endpoint of tokens, the edits, the lifecycle and the search for apps. It checks keys and tokens as
//! Google does, ends an edit when another one is opened, leaves out what has its default value, and goes wrong on
//! request. What its handles change is what is true; each of the two APIs may show it later.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use statused_core::StatusSource;
//! use statused_core::source::PollRequest;
//! use statused_google::testkit::{Endpoint, FakeGooglePlay, Fault};
//!
//! let fake = FakeGooglePlay::start().await?;
//! let release = fake.app("com.acme.app", "Acme").track("production").release("1.2", [42]).in_review();
//! let source = fake.source().build()?;
//!
//! let request = || PollRequest::new("acme".into(), chrono::Utc::now());
//! assert_eq!(source.poll(request()).await?.sightings.len(), 1, "the app");
//! release.rollout(0.05);
//! fake.inject(Fault::status(502).on(Endpoint::Tracks));
//! assert!(source.poll(request()).await.is_ok(), "one bad gateway is survived");
//! # Ok(())
//! # }
//! ```
//!
//! [`PureSource`] is the same source without requests: it is given answers, and gives a report. A simulator drives it.

mod auth;
mod documents;
mod endpoint;
mod fault;
mod handles;
mod key;
mod pure;
mod serve;
mod state;
mod world;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use auth::Claims;
pub use endpoint::Endpoint;
pub use fault::Fault;
pub use handles::{FakeApp, FakeRelease, FakeTrack};
pub use pure::{Answers, PureSource};

use crate::client::ServiceAccount;
use crate::{GooglePlay, GooglePlayBuilder};
use state::{Lag, Shared};
use world::App;

/// The fake. Clones and handles are the same server, which ends with the last of them.
#[derive(Clone)]
pub struct FakeGooglePlay {
    running: Arc<Running>,
}

struct Running {
    shared: Arc<Shared>,
    server: JoinHandle<io::Result<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A request that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logged {
    /// Which endpoint.
    pub endpoint: Endpoint,
    /// The method.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The parameters, as they were sent.
    pub query: String,
    /// The app, where the path names one.
    pub package: Option<String>,
    /// The track, where the path names one, decoded.
    pub track: Option<String>,
    /// The status of the answer; `None` if there was none.
    pub status: Option<u16>,
}

impl FakeGooglePlay {
    /// Starts a server without apps on a free port of this machine.
    ///
    /// # Errors
    ///
    /// When no port or no key pair is to be had.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared::new(key::keys()?, base_url));
        let router = Router::new().fallback(serve::answer).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { running: Arc::new(Running { shared, server }) })
    }

    /// Where it listens, for both APIs.
    pub fn base_url(&self) -> &str {
        &self.running.shared.base_url
    }

    /// The key file of a service account that it accepts. The key is made anew in each process and opens nothing else.
    pub fn key_file(&self) -> String {
        let shared = &self.running.shared;
        shared.keys.file(&format!("{}/token", shared.base_url))
    }

    /// The same, read.
    ///
    /// # Panics
    ///
    /// Never: the key is the fake's own.
    pub fn account(&self) -> ServiceAccount {
        ServiceAccount::from_json(self.key_file()).expect("the fake makes good keys")
    }

    /// A source that watches it, to be adjusted.
    pub fn source(&self) -> GooglePlayBuilder {
        GooglePlay::builder(self.account())
            .base_url(self.base_url())
            .reporting_url(self.base_url())
            .retry_delay(Duration::from_millis(1))
    }

    /// The app of this package name, with the four usual tracks; made if there is none yet.
    pub fn app(&self, package: &str, name: &str) -> FakeApp {
        self.change(|world| {
            world.apps.entry(package.to_owned()).or_insert_with(|| App::new(name));
        });
        FakeApp::new(self.clone(), package)
    }

    /// Lets something go wrong. Of several faults that fit a request, the one injected first strikes.
    pub fn inject(&self, fault: Fault) {
        self.running.shared.lock().faults.push(fault);
    }

    /// Ends every fault, lag and oddity.
    pub fn heal(&self) {
        let mut state = self.running.shared.lock();
        state.faults.clear();
        (state.edits_lag, state.lifecycle_lag) = (Lag::None, Lag::None);
        state.quota = None;
        state.oddities = state::Oddities::default();
    }

    /// Lets the edits show what was true so long ago.
    pub fn edits_lag(&self, lag: TimeDelta) {
        self.running.shared.lock().edits_lag = Lag::By(lag);
    }

    /// Lets the lifecycle show what was true so long ago.
    pub fn lifecycle_lag(&self, lag: TimeDelta) {
        self.running.shared.lock().lifecycle_lag = Lag::By(lag);
    }

    /// Lets the edits show what is true now until [`propagate`](Self::propagate).
    pub fn freeze_edits(&self) {
        let mut state = self.running.shared.lock();
        state.edits_lag = Lag::Frozen(state.world());
    }

    /// Lets the lifecycle show what is true now until [`propagate`](Self::propagate).
    pub fn freeze_lifecycle(&self) {
        let mut state = self.running.shared.lock();
        state.lifecycle_lag = Lag::Frozen(state.world());
    }

    /// Lets both APIs show what is true.
    pub fn propagate(&self) {
        let mut state = self.running.shared.lock();
        (state.edits_lag, state.lifecycle_lag) = (Lag::None, Lag::None);
    }

    /// Answers so many reads of the lifecycle, and refuses the others until this is called again.
    pub fn lifecycle_quota(&self, reads: u32) {
        self.running.shared.lock().quota = Some(reads);
    }

    /// Packs every answer, unasked.
    pub fn gzip(&self, on: bool) {
        self.running.shared.lock().oddities.gzip = on;
    }

    /// Answers 204 instead of 200 where there is nothing to say.
    pub fn no_content(&self, on: bool) {
        self.running.shared.lock().oddities.no_content = on;
    }

    /// Writes the version codes of each API as the other one does: as text, as numbers.
    pub fn swap_codes(&self, on: bool) {
        self.running.shared.lock().oddities.swap_codes = on;
    }

    /// Cuts the search for apps into pages of this size.
    pub fn page_size(&self, apps: usize) {
        self.running.shared.lock().oddities.page_size = Some(apps.max(1));
    }

    /// How long tokens live, in seconds; an hour by default.
    pub fn token_life(&self, seconds: i64) {
        self.running.shared.lock().token_life = seconds;
    }

    /// Refuses every token that was given out so far.
    pub fn revoke_tokens(&self) {
        self.running.shared.lock().tokens.clear();
    }

    /// Sets the clock: statements are judged by it, answers carry it as their date, and lags are measured with it.
    pub fn clock(&self, clock: impl Fn() -> DateTime<Utc> + Send + 'static) {
        self.running.shared.lock().set_clock(Box::new(clock));
    }

    /// The requests since the start or the last [`forget`](Self::forget).
    pub fn requests(&self) -> Vec<Logged> {
        self.running.shared.lock().log.clone()
    }

    /// How many requests of a kind there were.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.running.shared.lock().log.iter().filter(|logged| logged.endpoint == endpoint).count()
    }

    /// What the accepted statements claimed, in order.
    pub fn claims(&self) -> Vec<Claims> {
        self.running.shared.lock().claims.clone()
    }

    /// How many edits were opened while another one of the same app was.
    pub fn overlapping_edits(&self) -> u32 {
        self.running.shared.lock().overlapping
    }

    /// Empties the list of requests.
    pub fn forget(&self) {
        self.running.shared.lock().log.clear();
    }

    fn change<T>(&self, change: impl FnOnce(&mut world::World) -> T) -> T {
        self.running.shared.lock().change(change)
    }
}

impl fmt::Debug for FakeGooglePlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeGooglePlay").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
