//! Things that go wrong on purpose.

use std::time::Duration;

use serde_json::json;

use super::Endpoint;

/// Something that goes wrong with some of the next requests.
#[derive(Clone, Debug)]
#[must_use]
pub struct Fault {
    pub(super) effect: Effect,
    endpoint: Option<Endpoint>,
    package: Option<String>,
    skip: u32,
    times: u32,
}

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Answer { status: u16, content_type: &'static str, body: String, retry_after: Option<String> },
    Drop,
    Delay(Duration),
}

impl Fault {
    /// Google's own error for 401, 403, 404, 429, 500 or 503; for any other status a plausible one.
    pub fn status(status: u16) -> Self {
        match status {
            401 => Self::error(401, "UNAUTHENTICATED", "authError", "Request had invalid authentication credentials."),
            403 => Self::permission(),
            404 => Self::error(404, "NOT_FOUND", "notFound", "Package not found: com.acme.app."),
            409 => Self::error(409, "ABORTED", "concurrentUpdate", "The operation was aborted."),
            429 => Self::error(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "Too many requests."),
            503 => Self::error(503, "UNAVAILABLE", "backendError", "The service is currently unavailable."),
            500.. => Self::error(status, "INTERNAL", "backendError", "Internal error encountered."),
            _ => Self::error(status, "INVALID_ARGUMENT", "invalid", "Invalid argument."),
        }
    }

    /// The service account may not do this.
    pub fn permission() -> Self {
        Self::error(403, "PERMISSION_DENIED", "forbidden", "The caller does not have permission")
    }

    /// The API is not enabled in the project.
    pub fn disabled() -> Self {
        let message = "Google Play Android Developer API has not been used in project 7 before or it is disabled.";
        Self::json(
            403,
            json!({"error": {
                "code": 403,
                "message": message,
                "errors": [{"message": message, "domain": "usageLimits", "reason": "accessNotConfigured"}],
                "status": "PERMISSION_DENIED",
            }})
            .to_string(),
        )
    }

    /// The quota of listing releases is used up.
    pub fn quota() -> Self {
        let message = "Listing releases quota exceeded.";
        Self::json(403, json!({"error": {"code": 403, "message": message, "status": "PERMISSION_DENIED"}}).to_string())
    }

    /// The edit was ended by another one.
    pub fn edit_deleted() -> Self {
        Self::error(400, "FAILED_PRECONDITION", "badRequest", "This Edit has been deleted.")
    }

    /// The edit has expired.
    pub fn edit_expired() -> Self {
        Self::error(400, "FAILED_PRECONDITION", "badRequest", "This edit has expired, please create a new Edit.")
    }

    /// The endpoint of tokens does not take the statement.
    pub fn invalid_grant() -> Self {
        Self::json(400, r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#)
    }

    /// An error in Google's format.
    pub fn error(code: u16, status: &str, reason: &str, message: &str) -> Self {
        let entry = json!({"message": message, "domain": "global", "reason": reason});
        let error = json!({"code": code, "message": message, "errors": [entry], "status": status});
        Self::json(code, json!({"error": error}).to_string())
    }

    /// A body of your own, as JSON.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::answer(status, "application/json", body)
    }

    /// The page that Google shows for an address without a method, or a gateway for a server that is down.
    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html><title>Error</title><p>The requested URL was not found on this server.";
        Self::answer(status, "text/html", page)
    }

    /// The same with the wait that `Retry-After` names (seconds or a date).
    pub fn retry_after(mut self, value: &str) -> Self {
        if let Effect::Answer { retry_after, .. } = &mut self.effect {
            *retry_after = Some(value.to_owned());
        }
        self
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

    /// Only for one app.
    pub fn of(mut self, package: &str) -> Self {
        self.package = Some(package.to_owned());
        self
    }

    /// For so many requests; one, if this is left out.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Until [`FakeGooglePlay::heal`](super::FakeGooglePlay::heal).
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
        Self { effect, endpoint: None, package: None, skip: 0, times: 1 }
    }

    /// Whether it strikes now. Counts.
    pub(super) fn strikes(&mut self, endpoint: Endpoint, package: Option<&str>) -> bool {
        let elsewhere = self.endpoint.is_some_and(|only| only != endpoint);
        if elsewhere || (self.package.is_some() && self.package.as_deref() != package) || self.times == 0 {
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
