//! A source, a sink and a workflow that do as they are told, and a clock that follows tokio's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use statused_core::engine::Health;
use statused_core::model::{Account, Event, Notification, SinkId, Status, Store};
use statused_core::monitor::{Clock, MonitorBuilder};
use statused_core::sink::{Outcome, SinkProfile};
use statused_core::source::{CheckLine, PollReport, PollRequest, SourceError, SourceErrorKind, Vitals};
use statused_core::workflow::{Route, Workflow};
use statused_core::{MemoryStore, Monitor, RuleWorkflow, Sink, StatusSource};
use tokio::sync::mpsc;

use crate::bench::{report, version};

/// What foreign code does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mischief {
    None,
    Panics,
    Hangs,
}

impl Mischief {
    async fn act(self) {
        match self {
            Self::None => {}
            Self::Panics => panic!("on purpose"),
            Self::Hangs => std::future::pending().await,
        }
    }
}

/// Shows one version of app 1, in the statuses that it was given: one per poll, the last one again and again.
#[derive(Debug)]
pub(crate) struct Script {
    statuses: Mutex<VecDeque<Status>>,
    mischief: Mutex<Mischief>,
    polls: mpsc::UnboundedSender<DateTime<Utc>>,
}

impl Script {
    pub(crate) fn new(statuses: &[Status]) -> (Arc<Self>, mpsc::UnboundedReceiver<DateTime<Utc>>) {
        let (polls, seen) = mpsc::unbounded_channel();
        let statuses = Mutex::new(statuses.iter().cloned().collect());
        (Arc::new(Self { statuses, mischief: Mutex::new(Mischief::None), polls }), seen)
    }

    pub(crate) fn becomes(&self, status: Status) {
        self.statuses.lock().unwrap().push_back(status);
    }

    pub(crate) fn does(&self, mischief: Mischief) {
        *self.mischief.lock().unwrap() = mischief;
    }
}

#[async_trait]
impl StatusSource for Script {
    fn account(&self) -> Account {
        Account::new(Store::AppStoreConnect)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let mischief = *self.mischief.lock().unwrap();
        mischief.act().await;
        self.polls.send(request.now).unwrap_or_default();
        let mut statuses = self.statuses.lock().unwrap();
        let status = if statuses.len() > 1 { statuses.pop_front() } else { statuses.front().cloned() };
        let status = status.ok_or_else(|| SourceError::new(SourceErrorKind::Transient, "nothing to show"))?;
        let mut seen = report("1", vec![version("v", status, request.now)]);
        if request.source.as_str() != "apple" {
            seen.sightings = seen.sightings.into_values().map(|one| (app_of(&request), one)).collect();
        }
        Ok(seen)
    }

    fn vitals(&self) -> Vitals {
        Vitals::new()
    }

    async fn check(&self) -> Vec<CheckLine> {
        vec![CheckLine::ok("credentials", "are fine")]
    }
}

fn app_of(request: &PollRequest) -> statused_core::model::AggregateKey {
    statused_core::model::AggregateKey::App(request.source.clone(), "1".into())
}

/// Passes on what it gets, and answers what it was told to: one answer per call, then `delivered`.
#[derive(Debug)]
pub(crate) struct Mailbox {
    answers: Mutex<VecDeque<Outcome>>,
    mischief: Mischief,
    letters: mpsc::UnboundedSender<Notification>,
}

impl Mailbox {
    pub(crate) fn new(answers: &[Outcome], mischief: Mischief) -> (Arc<Self>, Letters) {
        let (letters, received) = mpsc::unbounded_channel();
        (
            Arc::new(Self { answers: Mutex::new(answers.iter().cloned().collect()), mischief, letters }),
            Letters(received),
        )
    }
}

#[async_trait]
impl Sink for Mailbox {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        self.letters.send(notification.clone()).unwrap_or_default();
        self.mischief.act().await;
        self.answers.lock().unwrap().pop_front().unwrap_or_else(Outcome::delivered)
    }
}

/// What has reached a mailbox.
pub(crate) struct Letters(mpsc::UnboundedReceiver<Notification>);

impl Letters {
    /// Waits for the next one, for an hour at most.
    pub(crate) async fn next(&mut self) -> Event {
        within_an_hour(self.0.recv()).await.unwrap().event
    }

    /// The statuses of everything that has arrived, without waiting; welcomes and tests are `Welcome` and `Test`.
    pub(crate) fn all(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        while let Ok(letter) = self.0.try_recv() {
            let event = letter.event;
            all.push(if event.data.status.is_empty() { format!("{:?}", event.kind) } else { event.data.status });
        }
        all
    }
}

/// What has not come after an hour of the test's time never comes.
#[expect(clippy::disallowed_methods, reason = "the time of a test is tokio's, which stands still")]
pub(crate) async fn within_an_hour<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(3600), future).await.expect("it never comes")
}

/// Panics at every event.
#[derive(Debug)]
pub(crate) struct PanickingWorkflow;

impl Workflow for PanickingWorkflow {
    fn name(&self) -> &str {
        "panics"
    }

    fn sinks(&self) -> Vec<SinkId> {
        Vec::new()
    }

    fn enabled(&self) -> bool {
        true
    }

    fn route(&self, _: &Event) -> Vec<Route> {
        panic!("on purpose")
    }
}

/// Wall time that passes as tokio's does.
#[derive(Debug)]
pub(crate) struct TokioClock(tokio::time::Instant);

impl TokioClock {
    #[expect(clippy::disallowed_methods, reason = "the time of a test is tokio's, which stands still")]
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(tokio::time::Instant::now()))
    }
}

impl Clock for TokioClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }
}

/// A monitor on a memory store, with the source `apple`, the sink `s` and the workflow `w`.
pub(crate) struct Rig {
    pub(crate) monitor: Monitor,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<TokioClock>,
    pub(crate) source: Arc<Script>,
    pub(crate) polls: mpsc::UnboundedReceiver<DateTime<Utc>>,
    pub(crate) letters: Letters,
}

impl Rig {
    pub(crate) fn new(statuses: &[Status]) -> Self {
        Self::with(statuses, &[], |builder| builder)
    }

    pub(crate) fn with(
        statuses: &[Status],
        answers: &[Outcome],
        more: impl FnOnce(MonitorBuilder) -> MonitorBuilder,
    ) -> Self {
        let store = Arc::new(MemoryStore::new());
        let (source, polls) = Script::new(statuses);
        let (sink, letters) = Mailbox::new(answers, Mischief::None);
        let clock = TokioClock::new();
        let builder = Monitor::builder(store.clone())
            .clock(clock.clone())
            .source("apple", source.clone())
            .sink("s", sink)
            .workflow("w", Arc::new(RuleWorkflow::new("w").sinks(["s"])));
        let monitor = more(builder).build().unwrap();
        Self { monitor, store, clock, source, polls, letters }
    }

    /// So many rounds; the first is the quiet start.
    pub(crate) async fn rounds(&mut self, count: usize) -> Health {
        let mut health = Health::default();
        for _ in 0..count {
            health = self.monitor.tick().await;
        }
        health
    }
}
