//! Things that go wrong on purpose.

use std::time::Duration;

use super::Endpoint;

/// Something that goes wrong with some of the next requests.
#[derive(Clone, Debug)]
#[must_use]
pub struct Fault {
    pub(super) effect: Effect,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) skip: u32,
    pub(super) times: u32,
}

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Answer { status: u16, content_type: &'static str, body: String, retry_after: Option<String> },
    Drop,
    Delay(Duration),
}

impl Fault {
    /// Apple's own error document for 401, 403, 404, 429 or 500; for any other status a plausible one.
    pub fn status(status: u16) -> Self {
        let (code, title, detail) = documented(status);
        Self::json(status, super::serve::error_body(status, code, title, detail))
    }

    /// A body of your own, as JSON.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::answer(status, "application/json", body)
    }

    /// The page that a gateway shows.
    pub fn html(status: u16) -> Self {
        let page =
            "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway<br>Correlation Key: X</body></html>";
        Self::answer(status, "text/html", page)
    }

    /// Plain text.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::answer(status, "text/plain", body)
    }

    /// A success without a body.
    pub fn empty() -> Self {
        Self::json(200, "")
    }

    /// A success whose JSON ends too early.
    pub fn broken_json() -> Self {
        Self::json(200, r#"{"data":[{"type":"apps","id":"#)
    }

    /// 429, with the wait that `Retry-After` names (seconds or a date) or without one.
    pub fn throttled(retry_after: Option<&str>) -> Self {
        let mut fault = Self::status(429);
        if let Effect::Answer { retry_after: header, .. } = &mut fault.effect {
            *header = retry_after.map(str::to_owned);
        }
        fault
    }

    /// The connection breaks before the answer is complete.
    pub fn dropped() -> Self {
        Self::new(Effect::Drop)
    }

    /// The right answer, late.
    pub fn delay(wait: Duration) -> Self {
        Self::new(Effect::Delay(wait))
    }

    /// Only for requests of one kind.
    pub fn on(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// For so many requests; one, if this is left out.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Until [`FakeAppStoreConnect::heal`](super::FakeAppStoreConnect::heal).
    pub fn always(self) -> Self {
        self.times(u32::MAX)
    }

    /// Not for the first so many requests that it would meet.
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    fn answer(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Self::new(Effect::Answer { status, content_type, body: body.into(), retry_after: None })
    }

    fn new(effect: Effect) -> Self {
        Self { effect, endpoint: None, skip: 0, times: 1 }
    }

    /// Whether it strikes now. Counts.
    pub(super) fn strikes(&mut self, endpoint: Endpoint) -> bool {
        if self.endpoint.is_some_and(|only| only != endpoint) || self.times == 0 {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.times = self.times.saturating_sub(u32::from(self.times != u32::MAX));
        true
    }
}

/// Code, title and detail as they were seen in answers of the real API.
fn documented(status: u16) -> (&'static str, &'static str, &'static str) {
    match status {
        401 => super::serve::NOT_AUTHORIZED,
        403 => super::serve::FORBIDDEN,
        404 => ("NOT_FOUND", "The specified resource does not exist", "There is no resource with this id"),
        429 => (
            "RATE_LIMIT_EXCEEDED",
            "The request rate limit has been reached.",
            "We've received too many requests for this API. Please wait and try again or slow down your request rate.",
        ),
        500.. => (
            "UNEXPECTED_ERROR",
            "An unexpected error occurred.",
            "An unexpected error occurred on the server side. If this issue continues, contact us at https://developer.apple.com/contact/.",
        ),
        _ => ("PARAMETER_ERROR.ILLEGAL", "A parameter is not allowed", "A parameter is not allowed"),
    }
}
