//! A fake store, a receiver and a monitor between them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use statused::apple::testkit::{Endpoint, FakeAppStoreConnect};
use statused::apple::{AppStoreConnect, AppStoreConnectBuilder};
use statused::monitor::MonitorBuilder;
use statused::store::{DeliveryQuery, StoreErrorKind};
use statused::stores::SqliteStore;
use statused::{Monitor, RuleWorkflow, StateStore as _};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::receiver::Receiver;

/// The longest that anything may take. Only a failing test waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(3);
/// Between two polls of a monitor that runs.
pub(crate) const POLL: Duration = Duration::from_millis(25);

/// Waits until a condition holds, and fails loudly if it never does.
pub(crate) async fn until(what: impl Fn() -> String, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {}", what());
        tokio::time::sleep(LOOK).await;
    }
}

/// The sentence of a version's change.
pub(crate) fn changed(app: &str, label: &str) -> String {
    format!("The status of your app {app} changed to {label}")
}

/// The sentence of a rollout's change.
pub(crate) fn rollout(app: &str, what: &str) -> String {
    format!("Your phased rollout for {app} {what}")
}

/// The sentence with which the usual workflow begins.
pub(crate) fn welcome() -> String {
    "Your workflow Everything is active and watching for status changes.".to_owned()
}

/// Everything but the monitor: what outlives its restarts.
pub(crate) struct Stage {
    pub(crate) apple: FakeAppStoreConnect,
    pub(crate) ci: Receiver,
    folder: TempDir,
}

/// A monitor with its store.
pub(crate) struct Live {
    pub(crate) monitor: Monitor,
    pub(crate) store: Arc<SqliteStore>,
    running: Option<(JoinHandle<()>, oneshot::Sender<()>)>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let (apple, ci) = (FakeAppStoreConnect::start().await.unwrap(), Receiver::start().await);
        Self { apple, ci, folder: TempDir::new().unwrap() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder().join("statused.db")
    }

    /// A monitor on the stage's store; the caller adds sinks and workflows. The store of an earlier one may still be
    /// about to close.
    pub(crate) async fn monitor_with(&self, parts: impl FnOnce(MonitorBuilder) -> MonitorBuilder) -> Live {
        let source = self.source().poll_every(POLL).build().unwrap();
        self.monitor_of(source, parts).await
    }

    /// The usual source, to be adjusted.
    pub(crate) fn source(&self) -> AppStoreConnectBuilder {
        AppStoreConnect::builder(self.apple.credentials())
            .base_url(self.apple.base_url())
            .retry_delay(Duration::from_millis(1))
    }

    /// As [`monitor_with`](Self::monitor_with), with a source of its own.
    pub(crate) async fn monitor_of(
        &self,
        source: AppStoreConnect,
        parts: impl FnOnce(MonitorBuilder) -> MonitorBuilder,
    ) -> Live {
        let mut store = None;
        until(
            || "the store can be opened".to_owned(),
            || match SqliteStore::open(self.database()) {
                Ok(opened) => store.replace(opened).is_none(),
                Err(error) if error.kind == StoreErrorKind::Locked => false,
                Err(error) => panic!("{error}"),
            },
        )
        .await;
        let store = Arc::new(store.unwrap());
        let builder = Monitor::builder(Arc::clone(&store) as _).source("acme", Arc::new(source));
        Live { monitor: parts(builder).build().unwrap(), store, running: None }
    }

    /// A monitor that sends everything to the stage's receiver.
    pub(crate) async fn monitor(&self) -> Live {
        let sink = Arc::new(self.ci.sink().build().unwrap());
        let workflow = Arc::new(RuleWorkflow::new("Everything").sinks(["ci"]));
        self.monitor_with(|builder| builder.sink("ci", sink).workflow("all", workflow)).await
    }

    /// Waits until as many polls have begun and ended from now on.
    pub(crate) async fn polls(&self, count: usize) {
        // The one under way does not count, and a poll has ended when the next begins.
        let wanted = self.apple.count(Endpoint::Apps) + count + 1;
        until(|| format!("{count} polls"), || self.apple.count(Endpoint::Apps) >= wanted).await;
    }
}

impl Live {
    /// Rounds, one after the other: each polls once and delivers what it can.
    pub(crate) async fn ticks(&self, count: usize) {
        for _ in 0..count {
            tokio::time::timeout(PATIENCE, self.monitor.tick()).await.expect("a round comes to its end");
        }
    }

    /// Runs by the clock from now on.
    pub(crate) fn run(mut self) -> Self {
        let (stop, stopped) = oneshot::channel();
        let monitor = self.monitor.clone();
        let task = tokio::spawn(async move { monitor.run(async { drop(stopped.await) }).await });
        self.running = Some((task, stop));
        self
    }

    /// Ends it as a service manager does.
    pub(crate) async fn stop(mut self) {
        if let Some((task, stop)) = self.running.take() {
            drop(stop);
            tokio::time::timeout(PATIENCE, task).await.expect("a monitor ends when it is asked to").unwrap();
        }
    }

    /// Ends it as a crash does.
    pub(crate) async fn crash(mut self) {
        if let Some((task, _stop)) = self.running.take() {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
    }

    /// Waits until nothing is left to deliver.
    pub(crate) async fn settled(&self) {
        let end = Instant::now() + PATIENCE;
        let pending = DeliveryQuery::default().with_state(statused::model::DeliveryState::Pending);
        loop {
            let open = self.store.deliveries(pending.clone()).await.unwrap();
            if open.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "not settled within {PATIENCE:?}: {open:#?}");
            tokio::time::sleep(LOOK).await;
        }
    }
}
