//! App Store Connect's webhooks, from the store's word to the receiver.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use serde_json::json;
use statused::apple::AppStoreConnectBuilder;
use statused::apple::testkit::{Endpoint, FakeApp, FakeWebhook, Fault, Mishap};
use statused::apple::webhooks::{self, Webhooks};
use statused::{Monitor, RuleWorkflow};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use crate::support::{Live, PATIENCE, POLL, Stage, changed, until, welcome};

const APP: &str = "MyApp";
const PUSH_SECRET: &str = "what Apple and we share";

/// A port where pushes arrive, also while no monitor stands behind it: then whoever comes is sent away.
struct Door {
    url: String,
    guests: Arc<Mutex<Option<mpsc::UnboundedSender<Guest>>>>,
    behind: Mutex<Option<(JoinHandle<()>, oneshot::Sender<()>)>>,
    address: SocketAddr,
    /// Ends with the door.
    _porter: JoinSet<()>,
}

type Guest = (TcpStream, SocketAddr);

/// Who is let in.
struct Entrance(mpsc::UnboundedReceiver<Guest>, SocketAddr);

impl axum::serve::Listener for Entrance {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Guest {
        match self.0.recv().await {
            Some(guest) => guest,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.1)
    }
}

impl Door {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let guests = Arc::new(Mutex::new(None::<mpsc::UnboundedSender<Guest>>));
        let mut porter = JoinSet::new();
        porter.spawn({
            let guests = Arc::clone(&guests);
            async move {
                loop {
                    let guest = listener.accept().await.unwrap();
                    // Where nobody is there, it is dropped.
                    guests.lock().await.as_ref().map(|guests| guests.send(guest).ok());
                }
            }
        });
        let url = format!("http://{address}/sources/acme/webhook/1");
        Self { url, guests, behind: Mutex::default(), address, _porter: porter }
    }

    async fn open(&self, monitor: Monitor, receiver: Webhooks) {
        let app = webhooks::router(monitor, move |source| (source == "acme").then(|| receiver.clone()));
        let (guests, entrance) = mpsc::unbounded_channel();
        let (close, closed) = oneshot::channel::<()>();
        // Connections that are kept alive would let pushes in all the same.
        let serving = axum::serve(Entrance(entrance, self.address), app);
        let serving = serving.with_graceful_shutdown(async { drop(closed.await) });
        let serving = tokio::spawn(async move { serving.await.unwrap() });
        *self.behind.lock().await = Some((serving, close));
        *self.guests.lock().await = Some(guests);
    }

    async fn close(&self) {
        *self.guests.lock().await = None;
        if let Some((serving, close)) = self.behind.lock().await.take() {
            drop(close);
            serving.await.unwrap();
        }
    }
}

/// A stage whose store sends pushes, and whose monitor polls once and then hardly ever.
struct Pushing {
    stage: Stage,
    app: FakeApp,
    hook: FakeWebhook,
    door: Door,
}

impl Pushing {
    async fn new() -> Self {
        let (stage, door) = (Stage::new().await, Door::new().await);
        let app = stage.apple.app("1", APP, "com.acme.app");
        let hook = app.webhook(&door.url, PUSH_SECRET);
        Self { stage, app, hook, door }
    }

    /// A monitor that has had its quiet start, with the door open.
    async fn start(&self, poll_every: Duration) -> Live {
        self.start_with(self.stage.source().poll_every(poll_every)).await
    }

    async fn start_with(&self, source: AppStoreConnectBuilder) -> Live {
        let receiver = Webhooks::builder().app("1", [PUSH_SECRET]).build().unwrap();
        let source = source.webhooks(receiver.clone()).build().unwrap();
        let sink = Arc::new(self.stage.ci.sink().build().unwrap());
        let workflow = Arc::new(RuleWorkflow::new("Everything").sinks(["ci"]));
        let live = self.stage.monitor_of(source, |builder| builder.sink("ci", sink).workflow("all", workflow)).await;
        self.door.open(live.monitor.clone(), receiver).await;
        live.ticks(1).await;
        live.run()
    }

    /// Does something that is pushed, and waits until it has arrived or failed. Returns the answer.
    async fn pushes(&self, what: impl FnOnce()) -> Option<u16> {
        self.stage.apple.settled().await;
        let before = self.hook.deliveries().len();
        what();
        self.stage.apple.wait_for_deliveries(before + 1).await;
        self.hook.deliveries()[before].status
    }
}

const RARELY: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_push_is_at_the_receiver_within_a_second_and_the_poll_adds_nothing() {
    let pushing = Pushing::new().await;
    let version = pushing.app.version("1.0").state("WAITING_FOR_REVIEW");
    let live = pushing.start(RARELY).await;
    let stage = &pushing.stage;
    stage.ci.wait_for(1).await;
    let polls = stage.apple.count(Endpoint::Apps);
    let mut fastest = Duration::MAX;
    let mut told = 1;
    // A machine that is busy with other tests may be slow several times; what is slow by itself is so every time.
    for (state, label) in [
        ("IN_REVIEW", "In Review"),
        ("PENDING_DEVELOPER_RELEASE", "Pending Developer Release"),
        ("REJECTED", "Rejected"),
        ("WAITING_FOR_REVIEW", "Waiting for Review"),
        ("IN_REVIEW", "In Review"),
        ("PENDING_DEVELOPER_RELEASE", "Pending Developer Release"),
    ] {
        let began = Instant::now();
        version.state(state);
        told += 1;
        stage.ci.wait_for(told).await;
        fastest = fastest.min(began.elapsed());
        let event = &stage.ci.taken()[told - 1];
        assert_eq!(event.json()["data"]["message"], changed(APP, label));
        assert_eq!(event.data("version"), Some("1.0".into()), "a push names no version: it is known all the same");
    }
    assert_eq!(stage.apple.count(Endpoint::Apps), polls, "nothing was polled");
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
    live.stop().await;
    pushing.door.close().await;
    // The same changes seen by polls, and sent once more.
    let live = pushing.start(Duration::from_millis(25)).await;
    pushing.hook.next(Mishap::Doubled);
    version.state("READY_FOR_SALE");
    stage.ci.wait_for(told + 1).await;
    stage.polls(3).await;
    stage.apple.settled().await;
    assert_eq!(stage.ci.told()[told..], [changed(APP, "Ready for Sale")]);
    live.stop().await;
}

#[tokio::test]
async fn five_changes_during_a_downtime_are_all_told_in_order() {
    let pushing = Pushing::new().await;
    let version = pushing.app.version("1.0").state("WAITING_FOR_REVIEW");
    let live = pushing.start(RARELY).await;
    pushing.stage.ci.wait_for(1).await;
    live.stop().await;
    pushing.door.close().await;

    // What happens so shortly after a look could be older than it.
    pushing.stage.apple.clock(|| Utc::now() + TimeDelta::minutes(1));
    let changes = [
        ("IN_REVIEW", "In Review"),
        ("REJECTED", "Rejected"),
        ("WAITING_FOR_REVIEW", "Waiting for Review"),
        ("IN_REVIEW", "In Review"),
        ("PENDING_DEVELOPER_RELEASE", "Pending Developer Release"),
    ];
    for (state, _) in changes {
        assert_eq!(pushing.pushes(|| drop(version.state(state))).await, None, "nobody is there");
    }
    let live = pushing.start(RARELY).await;
    pushing.stage.ci.wait_for(6).await;
    let mut expected = vec![welcome()];
    expected.extend(changes.map(|(_, label)| changed(APP, label)));
    assert_eq!(pushing.stage.ci.told(), expected);
    let time = pushing.stage.ci.taken()[5].json()["data"]["time_in_review"].clone();
    assert!(time["in_review_seconds"].is_u64() && time["waiting_for_review_seconds"].is_u64(), "{time}");
    live.stop().await;
    pushing.door.close().await;
    // The log is read again at the next start, and holds nothing new.
    let live = pushing.start(RARELY).await;
    version.state("READY_FOR_SALE");
    pushing.stage.ci.wait_for(7).await;
    assert_eq!(pushing.stage.ci.told()[6..], [changed(APP, "Ready for Sale")]);
    live.stop().await;
}

#[tokio::test]
async fn a_failed_upload_brings_its_reason_and_a_good_one_its_build() {
    let pushing = Pushing::new().await;
    let live = pushing.start(RARELY).await;
    let stage = &pushing.stage;
    stage.ci.wait_for(1).await;
    let words = "Missing purpose string in Info.plist.";
    pushing.app.upload("1.101.0", "3").process().fail("90683", words);
    stage.ci.wait_for(2).await;
    let failed = stage.ci.taken()[1].json();
    assert_eq!(failed["type"], "com.statused.build.status.updated");
    assert_eq!(failed["data"]["message"], format!("The upload of build 1.101.0 (3) of {APP} failed: {words}"));
    assert_eq!(failed["data"]["errors"], json!([{ "code": "90683", "description": words }]));
    pushing.app.upload("1.101.0", "4").process().complete();
    stage.ci.wait_for(3).await;
    assert_eq!(stage.ci.told()[2], format!("The status of build 1.101.0 (4) of {APP} changed to Processing"));
    live.stop().await;
}

#[tokio::test]
async fn feedback_says_who_it_is_about_and_not_what_was_written() {
    let pushing = Pushing::new().await;
    let build = pushing.app.build("2.0", "7").processing("VALID").external("IN_BETA_TESTING");
    let live = pushing.start(RARELY).await;
    pushing.stage.ci.wait_for(1).await;
    let id = build.crash("my telephone number is 555-0100");
    pushing.stage.ci.wait_for(2).await;
    let body = pushing.stage.ci.taken()[1].json();
    assert_eq!(body["type"], "com.statused.testflight.feedback.created");
    assert_eq!(body["data"]["message"], format!("A tester sent crash feedback on build 2.0 (7) of {APP}"));
    assert_eq!(body["data"]["feedback"]["kind"], "crash");
    assert!(body["data"]["feedback"]["device"].is_string(), "{body:#}");
    assert!(body["data"]["internal_store_url"].as_str().unwrap().ends_with(&id), "{body:#}");
    assert!(body["data"].get("status").is_none() && body["data"].get("status_code").is_none(), "{body:#}");
    assert!(!body.to_string().contains("555-0100"));
    live.stop().await;
}

#[tokio::test]
async fn an_api_that_is_down_delays_the_details_and_not_the_acknowledgement() {
    let pushing = Pushing::new().await;
    let live = pushing.start(RARELY).await;
    let stage = &pushing.stage;
    stage.ci.wait_for(1).await;
    stage.apple.inject(Fault::status(503).always());
    let upload = pushing.app.upload("1.0", "1");
    assert_eq!(pushing.pushes(|| drop(upload.process())).await, Some(200));
    let began = Instant::now();
    assert_eq!(pushing.pushes(|| upload.fail("90683", "Missing purpose string.")).await, Some(200));
    let acknowledged = began.elapsed();
    assert_eq!(stage.ci.told().len(), 1);
    stage.ci.wait_for(2).await;
    let waited = began.elapsed();
    assert!(Duration::from_secs(5) < waited, "{waited:?}");
    // However slow the machine is: details that were waited for would be most of the time.
    assert!(acknowledged < waited / 2, "acknowledged after {acknowledged:?}, and told after {waited:?}");
    assert_eq!(stage.ci.told()[1], format!("The upload of build ? of {APP} failed"), "what is known");
    live.crash().await;
}

#[tokio::test]
async fn a_lost_push_is_found_by_the_poll_and_costs_the_channel_its_trust() {
    let pushing = Pushing::new().await;
    let version = pushing.app.version("1.0").state("WAITING_FOR_REVIEW");
    let source = pushing.stage.source().poll_every(POLL).reconcile_every(POLL * 20);
    let live = pushing.start_with(source).await;
    let stage = &pushing.stage;
    stage.ci.wait_for(1).await;
    let trusted = async || live.monitor.health().await.sources[&"acme".into()].vitals.push.unwrap().trusted;
    let becomes = async |wanted: bool| {
        let end = Instant::now() + PATIENCE;
        while trusted().await != wanted {
            assert!(Instant::now() < end, "trusted: {}", !wanted);
        }
    };
    // The ping that the source has asked for.
    becomes(true).await;
    let (lists, asked) = (stage.apple.count(Endpoint::Apps), stage.apple.requests().len());
    until(|| "light rounds".to_owned(), || stage.apple.requests().len() > asked + 30).await;
    let lists = stage.apple.count(Endpoint::Apps) - lists;
    assert!(lists <= 5, "{lists} lists: polls go on as if there were no pushes");

    pushing.hook.next(Mishap::Lost);
    version.state("IN_REVIEW");
    stage.ci.wait_for(2).await;
    becomes(false).await;
    stage.polls(3).await;
    version.state("PENDING_DEVELOPER_RELEASE");
    stage.ci.wait_for(3).await;
    becomes(true).await;
    let told = ["In Review", "Pending Developer Release"].map(|label| changed(APP, label));
    assert_eq!(stage.ci.told()[1..], told);
    live.stop().await;
}
