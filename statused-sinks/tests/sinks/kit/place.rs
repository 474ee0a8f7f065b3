//! A service of HTTP as the conformance kit wants it: it answers as it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use statused_core::Sink;
use statused_core::model::Notification;
use statused_core::testkit::conformance::sink::{Answer, Destination};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Case, headers};
use crate::support::{Server, app};

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3600);

/// The service of a case.
pub(super) struct Http<'a> {
    case: &'a Case<'a>,
    server: MockServer,
    answer: Arc<Mutex<Answer>>,
    /// Where the sink finds it: what is no HTTP is played elsewhere.
    origin: Mutex<String>,
}

impl<'a> Http<'a> {
    pub(super) async fn of(case: &'a Case<'a>) -> Self {
        let (answer, elsewhere) = (Arc::new(Mutex::new(Answer::Confirm)), MockServer::start().await);
        Mock::given(any()).respond_with(case.service).mount(&elsewhere).await;
        let (next, service, gone) = (Arc::clone(&answer), case.service, case.gone);
        let answers = move |request: &Request| match *next.lock().unwrap() {
            Answer::Refuse => ResponseTemplate::new(503),
            Answer::Wait(wait) => ResponseTemplate::new(429).insert_header("retry-after", wait.as_secs().to_string()),
            Answer::Gone => ResponseTemplate::new(gone.0).set_body_string(gone.1),
            Answer::Echo => ResponseTemplate::new(500).set_body_string(whole(request)),
            Answer::Hang => ResponseTemplate::new(200).set_delay(NEVER),
            // Where it leads lives as long as the answer.
            Answer::Redirect => ResponseTemplate::new(307).insert_header("location", elsewhere.uri()),
            _ => service(request),
        };
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answers).mount(&server).await;
        let origin = Mutex::new(server.uri());
        Self { case, server, answer, origin }
    }
}

impl Destination for Http<'_> {
    async fn play(&self, answer: Answer) -> bool {
        let origin = match answer {
            Answer::Absent => Server::nobody().await,
            Answer::HangUp => Server::answering("").await.origin,
            Answer::Rubbish => Server::answering("\u{0}\u{1}RUBBISH RUBBISH\r\n\r\n").await.origin,
            Answer::Endless => Server::endless("HTTP/1.1 200 OK\r\n").await.origin,
            _ => self.server.uri(),
        };
        *self.origin.lock().unwrap() = origin;
        *self.answer.lock().unwrap() = answer;
        true
    }

    fn sink(&self) -> Box<dyn Sink> {
        self.case.at(&self.origin.lock().unwrap())
    }

    async fn received(&self) -> Vec<String> {
        self.server.received_requests().await.unwrap().iter().map(whole).collect()
    }

    fn notification(&self) -> Notification {
        app()
    }

    fn secrets(&self) -> Vec<String> {
        self.case.secrets.iter().map(|&secret| secret.to_owned()).collect()
    }

    fn looks_first(&self) -> bool {
        self.case.reads_first
    }
}

/// Everything of a request, but for what says when it was sent.
fn whole(request: &Request) -> String {
    let mut headers = headers(request);
    headers.retain(|name, _| !["webhook-timestamp", "webhook-signature"].contains(name));
    let url = format!("{}?{}", request.url.path(), request.url.query().unwrap_or_default());
    format!("{} {url} {headers:?} {}", request.method, String::from_utf8_lossy(&request.body))
}
