//! A sink of one's own, on core alone: a sign on the office wall that takes lines over TCP. `docs/writing-a-sink.md`
//! explains it step by step.
//!
//! Sign and store are played on this machine: `cargo run --example custom_sink`. First the conformance kit tries the sink.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use statused::apple::AppStoreConnect;
use statused::apple::testkit::FakeAppStoreConnect;
use statused::model::Notification;
use statused::sink::{Rate, RetryPolicy, SinkProfile};
use statused::store::DeliveryQuery;
use statused::testkit::conformance::sink::{Answer, Destination, check_all};
use statused::{MemoryStore, Monitor, Outcome, RuleWorkflow, Sink};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Shows events on the sign. It sends one line, `KEY ID TEXT`, for which the sign has one line in return.
///
/// | answer | outcome |
/// | --- | --- |
/// | `OK` | delivered |
/// | `WAIT 5` | retry, not before five seconds |
/// | `WHO` | dead: the sign does not know the key |
/// | any other line | retry |
/// | none, or one that breaks off | ambiguous |
/// | no connection | retry |
///
/// Repeats are harmless: the sign does not show an id twice.
#[derive(Debug)]
struct Sign {
    address: SocketAddr,
    /// `Debug` does not show it.
    key: SecretString,
}

/// Shorter than the whole try, so that a sign that is off is a certain failure and no doubt.
const CONNECTING: Duration = Duration::from_secs(2);
/// The longest answer that is read.
const ANSWER: u64 = 100;

#[async_trait]
impl Sink for Sign {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default()
            .with_rate(Rate::new(5, Duration::from_secs(5)))
            .with_concurrency(1)
            .with_timeout(Duration::from_secs(6))
            .with_retry(RetryPolicy::exponential(6, Duration::from_secs(2)))
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let connection = match timeout(CONNECTING, TcpStream::connect(self.address)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Outcome::retry(format!("no connection: {error}")),
            Err(_) => return Outcome::retry("no connection in time"),
        };
        match self.show(connection, notification).await {
            Ok(answer) => judge(&answer),
            // From the first byte on, the sign may have it.
            Err(error) => Outcome::ambiguous(format!("no answer: {error}")),
        }
    }
}

impl Sign {
    async fn show(&self, connection: TcpStream, notification: &Notification) -> std::io::Result<String> {
        let event = &notification.event;
        let line = format!("{} {} {}\n", self.key.expose_secret(), event.id, one_line(&event.data.message));
        let mut connection = BufReader::new(connection);
        connection.write_all(line.as_bytes()).await?;
        let mut answer = String::new();
        connection.take(ANSWER).read_line(&mut answer).await?;
        if answer.ends_with('\n') { Ok(answer) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// What an answer means. It is not quoted, since it may repeat the key.
fn judge(answer: &str) -> Outcome {
    match answer.split_whitespace().collect::<Vec<_>>()[..] {
        ["OK"] => Outcome::delivered(),
        ["WAIT", seconds] => match seconds.parse() {
            Ok(seconds) => Outcome::retry_after(Duration::from_secs(seconds), "the sign is busy"),
            Err(_) => Outcome::retry("the sign is busy, and does not say for how long"),
        },
        ["WHO"] => Outcome::dead("the sign does not know the key"),
        _ => Outcome::retry("the sign's answer makes no sense"),
    }
}

/// The names of apps are written by strangers: a line break in one must not begin a line of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let report = check_all(Trial::start).await;
    tell(&report.to_string());
    if !report.holds() {
        return Err("the sink breaks its contract".into());
    }

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (wall, mut shown) = mpsc::unbounded_channel();
    let busy = Arc::new(AtomicBool::new(false));
    tokio::spawn(office(listener, Arc::clone(&busy), wall));

    let apple = FakeAppStoreConnect::start().await?;
    let version = apple.app("1234567890", "MyApp", "com.example.myapp").version("1.0").state("WAITING_FOR_REVIEW");
    let source = AppStoreConnect::builder(apple.credentials()).base_url(apple.base_url()).build()?;
    let sign = Sign { address, key: KEY.into() };
    tell(&format!("the sink:        {sign:?}"));
    let monitor = Monitor::builder(Arc::new(MemoryStore::new()))
        .source("acme", Arc::new(source))
        .sink("sign", Arc::new(sign))
        .sink("mistyped", Arc::new(Sign { address, key: "opne-sesame".into() }))
        .workflow("all", Arc::new(RuleWorkflow::new("All").sinks(["sign"])))
        .build()?;

    // A test goes past the outbox, and its outcome is the sink's own.
    tell(&format!("a test:          {:?}", monitor.test_sink("sign").await?));
    tell(&format!("with a typo:     {:?}", monitor.test_sink("mistyped").await?));

    // The first round takes the app as it is; the second tells what has changed.
    monitor.tick().await;
    version.state("IN_REVIEW");
    monitor.tick().await;
    while let Ok(line) = shown.try_recv() {
        tell(&format!("on the sign:     {line}"));
    }

    // A destination that throttles holds the sink. The delivery waits, and no retry is used up.
    busy.store(true, Ordering::Relaxed);
    version.state("PENDING_DEVELOPER_RELEASE");
    let health = monitor.tick().await;
    let held = health.sinks[&"sign".into()].held_until.ok_or("the sign was not busy")?;
    tell(&format!("it is held:      until {held}"));
    tell(&format!("the delivery:    {}", latest(&monitor).await?));
    // Runs until the line is on the sign: a second later, without anybody's doing.
    monitor.run(async { tell(&format!("on the sign:     {}", shown.recv().await.unwrap_or_default())) }).await;
    tell(&format!("the delivery:    {}", latest(&monitor).await?));
    Ok(())
}

/// The newest delivery, and what came of its tries.
async fn latest(monitor: &Monitor) -> Result<String, Box<dyn Error>> {
    let newest = monitor.deliveries(DeliveryQuery::default().with_sink("sign").with_limit(1)).await?;
    let newest = newest.first().ok_or("nothing was delivered")?;
    let tries: Vec<_> = newest.log.iter().map(|attempt| attempt.verdict.as_str()).collect();
    Ok(format!("{}, {} tries counted, outcomes {tries:?}", newest.state.as_str(), newest.attempts))
}

const KEY: &str = "open-sesame";

/// The sign: shows each id once, and lets one line wait when it is busy.
async fn office(listener: TcpListener, busy: Arc<AtomicBool>, wall: mpsc::UnboundedSender<String>) {
    let mut ids = BTreeSet::new();
    while let Ok((connection, _)) = listener.accept().await {
        let (mut connection, mut line) = (BufReader::new(connection), String::new());
        if connection.read_line(&mut line).await.is_err() {
            continue;
        }
        let answer: &[u8] = match line.trim_end().splitn(3, ' ').collect::<Vec<_>>()[..] {
            [KEY, ..] if busy.swap(false, Ordering::Relaxed) => b"WAIT 1\n",
            [KEY, id, text] => {
                if ids.insert(id.to_owned()) {
                    drop(wall.send(text.to_owned()));
                }
                b"OK\n"
            }
            _ => b"WHO\n",
        };
        drop(connection.write_all(answer).await);
    }
}

/// A sign that answers as the conformance kit wants it.
struct Trial {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Trial {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let (answer, lines) = (Arc::new(Mutex::new(Answer::Confirm)), Arc::default());
        let trial = Self { address, answer, lines };
        let (answer, lines) = (Arc::clone(&trial.answer), Arc::clone(&trial.lines));
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let answer = *answer.lock().expect("nobody panics with it");
                tokio::spawn(reply(connection, answer, Arc::clone(&lines)));
            }
        });
        trial
    }
}

/// Keeps the line and answers it.
async fn reply(connection: TcpStream, answer: Answer, lines: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let (mut connection, mut line) = (BufReader::new(connection), String::new());
    connection.read_line(&mut line).await?;
    lines.lock().expect("nobody panics with it").push(line.clone());
    let text = match answer {
        Answer::Confirm => "OK\n".to_owned(),
        Answer::Refuse => "LATER\n".to_owned(),
        Answer::Wait(wait) => format!("WAIT {}\n", wait.as_secs()),
        Answer::Gone => "WHO\n".to_owned(),
        Answer::Rubbish => "\0\u{1}?\n".to_owned(),
        Answer::Echo => line,
        Answer::Hang => std::future::pending().await,
        Answer::Endless => loop {
            connection.write_all(b"and so on ").await?;
        },
        _ => return Ok(()),
    };
    connection.write_all(text.as_bytes()).await
}

impl Destination for Trial {
    async fn play(&self, answer: Answer) -> bool {
        *self.answer.lock().expect("nobody panics with it") = answer;
        // A sign cannot send anybody elsewhere.
        answer != Answer::Redirect
    }

    fn sink(&self) -> Box<dyn Sink> {
        let is_absent = *self.answer.lock().expect("nobody panics with it") == Answer::Absent;
        let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
        Box::new(Sign { address: if is_absent { nobody } else { self.address }, key: KEY.into() })
    }

    async fn received(&self) -> Vec<String> {
        self.lines.lock().expect("nobody panics with it").clone()
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }
}

#[expect(clippy::print_stdout, reason = "this is what the example shows")]
fn tell(line: &str) {
    println!("{line}");
}
