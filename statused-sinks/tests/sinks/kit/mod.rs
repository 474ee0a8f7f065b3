//! What every sink that speaks HTTP has to do, tried in one go.
//!
//! A sink's tests describe it in a [`Case`] and call [`conforms`]; what is its own they try themselves, with
//! [`sent`] and [`answered`].

mod answers;
mod events;
mod logs;
mod place;
mod quiet;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use statused_core::model::Notification;
use statused_core::sink::Verdict;
use statused_core::testkit::conformance::sink::check_all;
use statused_core::{Outcome, Sink};
use statused_sinks::{Builder, Destination, DestinationError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) use events::{fields_of, hostile};
pub(crate) use logs::Logs;

/// A sink under test.
pub(crate) struct Case<'a> {
    /// Describes it for a service at an origin, and makes it.
    pub(crate) make: &'a dyn Fn(Setup<'_>) -> Made,
    /// What it is given and must never show. Long and strange enough not to come up by chance.
    pub(crate) secrets: &'a [&'a str],
    /// How its service answers when all is well.
    pub(crate) service: fn(&Request) -> ResponseTemplate,
    /// Panics if a request is more than the place takes, or if text of strangers does something in it.
    pub(crate) fits: fn(&Request),
    /// Whether a delivery begins with a request that changes nothing, so that its failure leaves no doubt.
    pub(crate) reads_first: bool,
    /// The status and body by which its service says that nothing will be taken as things are.
    pub(crate) gone: (u16, &'static str),
}

/// What a case is made for.
#[derive(Clone, Copy)]
pub(crate) struct Setup<'a> {
    /// Where the service is.
    pub(crate) origin: &'a str,
    allow_http: bool,
    public_only: bool,
    timeout: Duration,
}

/// What came of it.
pub(crate) struct Made {
    described: String,
    sink: Result<Box<dyn Sink>, DestinationError>,
}

impl<'a> Setup<'a> {
    fn at(origin: &'a str) -> Self {
        Self { origin, allow_http: true, public_only: false, timeout: Duration::from_secs(20) }
    }

    /// Makes the sink that a builder describes.
    pub(crate) fn make<D: Destination>(&self, builder: Builder<D>) -> Made
    where
        D::Parts: Debug,
    {
        let builder = builder.allow_http(self.allow_http).timeout(self.timeout);
        let builder = builder.public_addresses_only(self.public_only);
        Made { described: format!("{builder:?}"), sink: builder.build().map(|sink| Box::new(sink) as Box<dyn Sink>) }
    }
}

impl Case<'_> {
    /// The sink for a service at an origin.
    pub(crate) fn at(&self, origin: &str) -> Box<dyn Sink> {
        self.sink(Setup::at(origin))
    }

    fn sink(&self, setup: Setup<'_>) -> Box<dyn Sink> {
        (self.make)(setup).sink.unwrap_or_else(|error| panic!("{error}"))
    }

    async fn service(&self) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(self.service).mount(&server).await;
        server
    }
}

/// Tries the contract of every sink, and what the shared base promises beside it.
pub(crate) async fn conforms(case: &Case<'_>) {
    let report = check_all(async || place::Http::of(case).await).await;
    report.assert();
    assert_eq!(report.skipped().count(), usize::from(case.reads_first), "{report}");
    quiet::addresses_are_checked(case).await;
    quiet::secrets_are_shown_nowhere(case).await;
    answers::its_own_verdict_comes_in_time(case);
    answers::redirects_are_not_followed(case).await;
    answers::waits_are_passed_on(case).await;
    answers::doubt_is_told_from_certainty(case).await;
    answers::rubbish_and_endless_answers_are_bounded(case).await;
    events::whatever_an_event_carries_fits(case).await;
}

/// The requests that come of delivering `notification` to a service where all is well.
pub(crate) async fn sent(case: &Case<'_>, notification: &Notification) -> Vec<Request> {
    let server = case.service().await;
    let outcome = case.sink(Setup::at(&server.uri())).deliver(notification).await;
    assert!(outcome.is_success(), "{outcome:?}");
    server.received_requests().await.unwrap()
}

/// The one request that comes of delivering `notification`, with its JSON.
pub(crate) async fn posted(case: &Case<'_>, notification: &Notification) -> (Request, Value) {
    let request = request(case, notification).await;
    assert_eq!(request.method.as_str(), "POST");
    let body = json(&request);
    (request, body)
}

/// The body of a request, which is JSON.
pub(crate) fn json(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// What is made of each status and body, as the vendor documents them.
pub(crate) async fn judges(case: &Case<'_>, rows: &[(u16, &str, Verdict)]) {
    let desk = Desk::of(case).await;
    for (status, body, verdict) in rows {
        let outcome = desk.answers(ResponseTemplate::new(*status).set_body_string(*body)).await;
        assert_eq!((outcome.verdict, outcome.status), (*verdict, Some(*status)), "{status} {body}: {outcome:?}");
    }
}

/// One sink and one service, whose answers follow each other. (To set up a client takes longer than to use it.)
struct Desk {
    _server: MockServer,
    sink: Box<dyn Sink>,
    answer: Arc<Mutex<ResponseTemplate>>,
}

impl Desk {
    async fn of(case: &Case<'_>) -> Self {
        let answer = Arc::new(Mutex::new(ResponseTemplate::new(500)));
        let next = answer.clone();
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(move |_: &Request| next.lock().unwrap().clone()).mount(&server).await;
        Self { sink: case.at(&server.uri()), _server: server, answer }
    }

    /// What comes of one delivery when the service answers so.
    async fn answers(&self, answer: ResponseTemplate) -> Outcome {
        *self.answer.lock().unwrap() = answer;
        self.sink.deliver(&crate::support::app()).await
    }
}

/// Tried again, without a wait that was asked for.
pub(crate) const RETRY: Verdict = Verdict::RetryAfter(None);

/// Tried again after a wait that was asked for, in milliseconds.
pub(crate) const fn retry_after(millis: u64) -> Verdict {
    Verdict::RetryAfter(Some(Duration::from_millis(millis)))
}

/// The one request that comes of it.
pub(crate) async fn request(case: &Case<'_>, notification: &Notification) -> Request {
    let mut requests = sent(case, notification).await;
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests.remove(0)
}

/// What comes of one delivery to a service that answers so.
pub(crate) async fn answered(case: &Case<'_>, answer: ResponseTemplate) -> Outcome {
    Desk::of(case).await.answers(answer).await
}

/// Every header but the ones that say how a request was transported.
pub(crate) fn headers(request: &Request) -> BTreeMap<&str, &str> {
    let transport = ["accept", "content-length", "host"];
    let all = request.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    all.filter(|(name, _)| !transport.contains(name)).collect()
}

/// What a request without another `User-Agent` calls itself.
pub(crate) const USER_AGENT: &str = concat!("Statused/", env!("CARGO_PKG_VERSION"));

/// Asserts that each of these statuses, without a body, leads to the verdict.
pub(crate) async fn assert_each(case: &Case<'_>, statuses: &[u16], verdict: Verdict) {
    for status in statuses {
        let outcome = answered(case, ResponseTemplate::new(*status)).await;
        assert_eq!((outcome.verdict, outcome.status), (verdict, Some(*status)), "{outcome:?}");
    }
}
