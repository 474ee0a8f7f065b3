//! A fake App Store Connect over real HTTP.
//!
//! It checks tokens and parameters as strictly as Apple's documents say, pages, includes and leaves out fields as the
//! real API does, and goes wrong on request. Its ids and dates are the same in every run. What its handles change is
//! pushed, signed, to the webhooks that are registered; a push that fails is logged and not sent again.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use statused_apple::AppStoreConnect;
//! use statused_apple::testkit::{FakeAppStoreConnect, Fault};
//! use statused_core::StatusSource;
//! use statused_core::source::PollRequest;
//!
//! let fake = FakeAppStoreConnect::start().await?;
//! let version = fake.app("123", "MyApp", "com.acme.app").version("1.2.0").state("IN_REVIEW");
//! let source = AppStoreConnect::builder(fake.credentials()).base_url(fake.base_url()).build()?;
//!
//! let request = || PollRequest::new("acme".into(), chrono::Utc::now());
//! assert_eq!(source.poll(request()).await?.sightings.len(), 2, "the account and the app");
//! version.state("READY_FOR_SALE").phased("ACTIVE", Some(1));
//! fake.inject(Fault::status(502));
//! assert!(source.poll(request()).await.is_ok(), "one bad gateway is survived");
//! # Ok(())
//! # }
//! ```

mod asset;
mod auth;
mod beta;
mod courier;
mod documents;
mod endpoint;
mod entities;
mod fault;
mod handles;
mod key;
mod post;
mod push;
mod question;
mod render;
mod serve;
mod spec;
mod state;
mod webhook;
mod world;
mod write;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use asset::FakeAssetVersion;
pub use auth::Claims;
pub use beta::FakeUpload;
pub use endpoint::Endpoint;
pub use fault::Fault;
pub use handles::{FakeApp, FakeBuild, FakeVersion};
pub use post::Mishap;
pub use webhook::{FakeDelivery, FakeWebhook};

use crate::client::Credentials;
use state::Shared;
use world::{App, World};

const TEAM_KEY: &str = "FAKETEAM01";
const INDIVIDUAL_KEY: &str = "FAKEUSER01";
const ISSUER: &str = "69a6de70-0000-47e3-e053-5b8c7c11a4d1";

/// The fake. Clones and handles are the same server, which ends with the last of them.
#[derive(Clone)]
pub struct FakeAppStoreConnect {
    running: Arc<Running>,
}

struct Running {
    shared: Arc<Shared>,
    server: JoinHandle<io::Result<()>>,
    courier: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
        self.courier.abort();
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
    /// The path.
    pub path: String,
    /// The parameters, in order.
    pub query: Vec<(String, String)>,
    /// The status of the answer; `None` if there was none.
    pub status: Option<u16>,
    /// The token, numbered in the order of first use.
    pub token: usize,
}

/// What the fake knew at a moment.
#[derive(Clone, Debug)]
pub struct Snapshot(Arc<World>);

impl FakeAppStoreConnect {
    /// Starts a server without apps on a free port of this machine.
    ///
    /// # Errors
    ///
    /// When no port or no key pair is to be had.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let (post, parcels) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(key::Keys::generate()?, base_url, post));
        let router = Router::new().fallback(serve::answer).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let courier = tokio::spawn(courier::run(Arc::clone(&shared), parcels));
        Ok(Self { running: Arc::new(Running { shared, server, courier }) })
    }

    /// Where it listens.
    pub fn base_url(&self) -> &str {
        &self.running.shared.base_url
    }

    /// A team key that it accepts.
    ///
    /// # Panics
    ///
    /// Never: the key is the fake's own.
    pub fn credentials(&self) -> Credentials {
        Credentials::team(TEAM_KEY, ISSUER, self.private_key()).expect("the fake makes good keys")
    }

    /// An individual key that it accepts.
    ///
    /// # Panics
    ///
    /// Never: the key is the fake's own.
    pub fn individual_credentials(&self) -> Credentials {
        Credentials::individual(INDIVIDUAL_KEY, self.private_key()).expect("the fake makes good keys")
    }

    /// The team key's id, for a configuration file.
    pub fn key_id(&self) -> &'static str {
        TEAM_KEY
    }

    /// The team key's issuer, for a configuration file.
    pub fn issuer_id(&self) -> &'static str {
        ISSUER
    }

    /// The private key, as Apple's `.p8` file has it. It is made anew for each fake and opens nothing else.
    pub fn private_key(&self) -> String {
        self.running.shared.keys.private_pem.clone()
    }

    /// The app of this id; made if there is none yet.
    pub fn app(&self, id: &str, name: &str, bundle_id: &str) -> FakeApp {
        self.change(|world| {
            let new = || App { name: name.to_owned(), bundle_id: bundle_id.to_owned(), icon: None };
            world.apps.entry(id.to_owned()).or_insert_with(new);
        });
        FakeApp { fake: self.clone(), id: id.to_owned() }
    }

    /// Whether an agreement waits for the account holder: all requests are refused while it does.
    pub fn agreement_pending(&self, pending: bool) {
        self.running.shared.lock().agreement_pending = pending;
    }

    /// Sets the budget that answers name. From then on requests use it up, and 429 follows.
    pub fn rate_limit(&self, limit: u32, remaining: u32) {
        let mut state = self.running.shared.lock();
        (state.limit, state.remaining, state.counts_down) = (limit, remaining, true);
    }

    /// Lets something go wrong. Of several faults that fit a request, the one injected first strikes.
    pub fn inject(&self, fault: Fault) {
        self.running.shared.lock().faults.push(fault);
    }

    /// Refuses every so manieth good token, as the real API does at times; 0 ends it.
    pub fn refuse_every(&self, nth: u64) {
        self.running.shared.lock().unauthorized_every = (nth > 0).then_some(nth);
    }

    /// Links to resources of a type (`buildBetaDetails`) without including them.
    pub fn omit_included(&self, kind: &str) {
        self.running.shared.lock().missing.insert(kind.to_owned());
    }

    /// Lists versions from the oldest on, so that cut lists lack the newest.
    pub fn oldest_first(&self, on: bool) {
        self.running.shared.lock().view.oldest_first = on;
    }

    /// Hides the newest version of each app and platform from lists, as the API did on 2024-10-22.
    pub fn old_versions_only(&self, on: bool) {
        self.running.shared.lock().view.old_only = on;
    }

    /// Ends every fault, omission and staleness.
    pub fn heal(&self) {
        let mut state = self.running.shared.lock();
        state.faults.clear();
        state.missing.clear();
        state.view = entities::View::default();
        (state.stale, state.unauthorized_every) = (None, None);
    }

    /// What it knows now, to be served later.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(Arc::new(self.running.shared.lock().world.clone()))
    }

    /// Answers the next so many requests from a snapshot.
    pub fn serve_stale(&self, snapshot: &Snapshot, requests: u32) {
        self.running.shared.lock().stale = Some((Arc::clone(&snapshot.0), requests));
    }

    /// Whether the key's role is Developer, which may read everything but webhooks.
    pub fn developer_key(&self, developer: bool) {
        self.running.shared.lock().developer_key = developer;
    }

    /// Sets the clock: tokens are judged by it, answers carry it as their date, and pushes say it.
    pub fn clock(&self, clock: impl Fn() -> DateTime<Utc> + Send + 'static) {
        self.running.shared.lock().clock = Box::new(clock);
    }

    /// The requests since the start or the last [`forget`](Self::forget).
    pub fn requests(&self) -> Vec<Logged> {
        self.running.shared.lock().log.clone()
    }

    /// How many requests of a kind there were.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.running.shared.lock().log.iter().filter(|logged| logged.endpoint == endpoint).count()
    }

    /// What the accepted tokens claimed, in the order of first use.
    pub fn tokens(&self) -> Vec<Claims> {
        self.running.shared.lock().tokens.iter().filter_map(|(_, claims)| claims.clone()).collect()
    }

    /// Empties the list of requests.
    pub fn forget(&self) {
        self.running.shared.lock().log.clear();
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.running.shared.lock().world)
    }
}

impl fmt::Debug for FakeAppStoreConnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeAppStoreConnect").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
