//! From Apple's push to a destination, through a running monitor.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use statused_apple::AppStoreConnect;
use statused_apple::registration::{Registration, Wanted};
use statused_apple::testkit::{FakeAppStoreConnect, FakeWebhook, Mishap};
use statused_apple::webhooks::Webhooks;
use statused_core::model::Notification;
use statused_core::monitor::Clock;
use statused_core::sink::{Outcome, Sink, SinkProfile};
use statused_core::{MemoryStore, Monitor, RuleWorkflow, StateStore};
use tokio::sync::{mpsc, oneshot};

use crate::receiver::SECRET;
use crate::router::serve;
use crate::support::*;

#[derive(Debug)]
struct Mailbox(mpsc::UnboundedSender<String>);

#[async_trait]
impl Sink for Mailbox {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let message = notification.event.data.message.clone();
        // The workflow's own welcome aside.
        if !message.starts_with("Your workflow") {
            self.0.send(message).unwrap();
        }
        Outcome::delivered()
    }
}

/// A monitor that runs, polls once an hour, and receives.
struct Running {
    source: Arc<AppStoreConnect>,
    monitor: Monitor,
    webhooks: Webhooks,
    told: mpsc::UnboundedReceiver<String>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

/// The machine's clock, so many hours ahead.
#[derive(Debug)]
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::hours(self.0)
    }
}

async fn run(fake: &FakeAppStoreConnect, store: Arc<dyn StateStore>) -> Running {
    run_at(fake, store, 0).await
}

async fn run_at(fake: &FakeAppStoreConnect, store: Arc<dyn StateStore>, hours: i64) -> Running {
    let webhooks = Webhooks::builder().app(APP, [SECRET]).build().unwrap();
    let builder = builder(fake).webhooks(webhooks.clone()).poll_every(Duration::from_secs(3600));
    let source = Arc::new(builder.build().unwrap());
    let (sender, told) = mpsc::unbounded_channel();
    let monitor = Monitor::builder(store)
        .clock(Arc::new(Ahead(hours)))
        .source("acme", Arc::<AppStoreConnect>::clone(&source))
        .sink("mail", Arc::new(Mailbox(sender)))
        .workflow("all", Arc::new(RuleWorkflow::new("everything").sinks(["mail"])))
        .build()
        .unwrap();
    monitor.tick().await;
    let (stop, stopped) = oneshot::channel();
    let running = monitor.clone();
    let task = tokio::spawn(async move { running.run(async { drop(stopped.await) }).await });
    Running { source, monitor, webhooks, told, stop, task }
}

impl Running {
    async fn register(&self, fake: &FakeAppStoreConnect) -> FakeWebhook {
        let url = format!("{}/sources/acme/webhook/{APP}", serve(&self.webhooks, &self.monitor).await);
        let registration = Registration::new(self.source.client().clone());
        registration.ensure(APP, &Wanted::new(url, SECRET)).await.unwrap();
        fake.app(APP, "MyApp", "com.acme.app").webhooks().remove(0)
    }

    async fn next(&mut self) -> String {
        let next = tokio::time::timeout(Duration::from_secs(20), self.told.recv()).await;
        next.expect("something is told in time").unwrap()
    }

    async fn stop(self) -> mpsc::UnboundedReceiver<String> {
        drop(self.stop);
        self.task.await.unwrap();
        self.told
    }
}

fn changed(status: &str) -> String {
    format!("The status of your app MyApp changed to {status}")
}

#[tokio::test]
async fn a_push_is_told_within_a_second_and_once_however_often_it_comes() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let version = fake.app(APP, "MyApp", "com.acme.app").version("1.0").state("WAITING_FOR_REVIEW");
    let mut running = run(&fake, Arc::new(MemoryStore::new())).await;
    let hook = running.register(&fake).await;

    hook.next(Mishap::Doubled);
    let begun = Instant::now();
    version.state("IN_REVIEW");
    assert_eq!(running.next().await, changed("In Review"));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    fake.settled().await;
    assert_eq!(hook.deliveries()[0].status, Some(200));

    hook.next(Mishap::Forged);
    version.state("REJECTED");
    fake.settled().await;
    assert_eq!(hook.deliveries()[1].status, Some(401));
    assert_eq!(running.webhooks.health().refused, 1);
    running.monitor.health().await;

    let build = fake.app(APP, "MyApp", "com.acme.app").upload("1.1", "5").process();
    build.fail("90683", "Missing purpose string in Info.plist.");
    assert_eq!(
        running.next().await,
        "The upload of build 1.1 (5) of MyApp failed: Missing purpose string in Info.plist."
    );
    let mut told = running.stop().await;
    assert!(told.try_recv().is_err(), "nothing is told twice, and nothing that is forged");
}

#[tokio::test]
async fn pushes_that_come_in_the_wrong_order_are_told_in_the_right_one() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let version = fake.app(APP, "MyApp", "com.acme.app").version("1.0").state("WAITING_FOR_REVIEW");
    let mut running = run(&fake, Arc::new(MemoryStore::new())).await;
    let hook = running.register(&fake).await;
    hook.hold();
    version.state("IN_REVIEW").state("PENDING_DEVELOPER_RELEASE");
    hook.release_reversed();
    let mut told = vec![running.next().await];
    while told.last() != Some(&changed("Pending Developer Release")) {
        told.push(running.next().await);
    }
    fake.settled().await;
    // The earlier one may come too late to be told at all; it is never told after the later one.
    let rest = running.stop().await.try_recv();
    assert!(rest.is_err(), "{rest:?}");
    assert!(told.len() <= 2, "{told:?}");
}

#[tokio::test]
async fn five_changes_while_the_monitor_was_down_are_told_in_order() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let app = fake.app(APP, "MyApp", "com.acme.app");
    let version = app.version("1.0");
    let store: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
    let first = run(&fake, Arc::clone(&store)).await;
    let hook = first.register(&fake).await;
    first.stop().await;
    // Nothing is there any more.
    hook.every(Some(Mishap::Lost));
    for state in ["READY_FOR_REVIEW", "WAITING_FOR_REVIEW", "IN_REVIEW", "PENDING_DEVELOPER_RELEASE", "READY_FOR_SALE"]
    {
        version.state(state);
    }
    // The first one's turn to poll is over by then.
    let mut second = run_at(&fake, store, 3).await;
    for label in ["Ready for Review", "Waiting for Review", "In Review", "Pending Developer Release", "Ready for Sale"]
    {
        assert_eq!(second.next().await, changed(label));
    }
    assert!(second.stop().await.try_recv().is_err());
}
