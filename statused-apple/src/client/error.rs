//! What Apple's answers mean when they are not the expected ones.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use statused_core::source::{SourceError, SourceErrorKind};

/// A request that failed. Names the method and path, never the query, the token or the key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// What kind of failure.
    pub kind: ApiErrorKind,
    /// Method and path (`GET /v1/apps`).
    pub place: String,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Apple's code, hierarchical (`FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED`).
    pub code: Option<String>,
    /// What went wrong, in Apple's words or ours.
    pub detail: String,
    /// How long Apple wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether the request surely had no effect, since it never left or was not let in.
    pub(super) idle: bool,
}

/// The kinds of failure that call for different reactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// No answer: the network, a time-out, a connection that broke.
    Unreachable,
    /// The server failed (5xx).
    Server,
    /// Too many requests (429).
    Throttled,
    /// The token was refused, also a fresh one (401).
    Unauthorized,
    /// The key may not do this (403).
    Forbidden,
    /// An agreement or declaration waits for the account holder (403 with a code of its own). All requests fail.
    Agreement,
    /// No such resource (404).
    NotFound,
    /// Apple did not understand the request (other 4xx).
    Request,
    /// The answer could not be understood.
    BadData,
}

/// The prefix by which Apple tells a missing agreement from a missing role.
const AGREEMENT: &str = "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED";
/// Apple names no time with most 429 answers.
const THROTTLED_FOR: Duration = Duration::from_secs(60);
const LONGEST_DETAIL: usize = 300;

impl ApiError {
    pub(super) fn new(kind: ApiErrorKind, place: &str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            place: place.to_owned(),
            status: None,
            code: None,
            detail: detail.into(),
            retry_after: None,
            idle: false,
        }
    }

    /// Reads an answer that is not a success. The detail is what a person may read: short, one line, without `secrets`.
    pub(super) fn from_answer(
        place: &str,
        status: u16,
        body: &[u8],
        retry_after: Option<Duration>,
        secrets: &[&str],
    ) -> Self {
        let told = Told::read(body);
        let redacted =
            |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]"));
        let clean = |text: &str| one_line(&redacted(text));
        let code = told.as_ref().map(|told| clean(&told.code));
        let kind = classify(status, code.as_deref().unwrap_or_default());
        let detail = told
            .map_or_else(|| "the answer is not in Apple's error format".to_owned(), |told| clean(&told.words(kind)));
        let retry_after = match kind {
            ApiErrorKind::Throttled => Some(retry_after.unwrap_or(THROTTLED_FOR)),
            _ => retry_after,
        };
        let idle = kind == ApiErrorKind::Unauthorized;
        Self { kind, place: place.to_owned(), status: Some(status), code, detail, retry_after, idle }
    }

    /// Whether another try at once may succeed.
    pub(super) fn passes(&self) -> bool {
        match self.kind {
            ApiErrorKind::Unreachable | ApiErrorKind::Unauthorized => true,
            ApiErrorKind::Server => matches!(self.status, Some(500 | 502 | 503 | 504)),
            _ => false,
        }
    }

    /// Whether the API, rather than the question, is at fault.
    pub(super) fn is_failure(&self) -> bool {
        !matches!(self.kind, ApiErrorKind::NotFound | ApiErrorKind::Request)
    }

    /// What to do about it, where that is known.
    fn hint(&self) -> Option<&'static str> {
        match self.kind {
            ApiErrorKind::Unauthorized => {
                Some("check key id, issuer id and private key, that the key is not revoked, and this machine's clock")
            }
            ApiErrorKind::Forbidden if self.detail.contains("membership") => {
                Some("the team's Apple Developer Program membership has ended: the account holder renews it")
            }
            ApiErrorKind::Forbidden if self.place.contains("/webhook") => {
                Some("webhooks need a key with the role App Manager, Admin or Account Holder")
            }
            ApiErrorKind::Forbidden => {
                Some("the key's role does not suffice: Developer is enough, and all apps must be in its access")
            }
            ApiErrorKind::Agreement => {
                Some("the account holder accepts it at https://appstoreconnect.apple.com/business")
            }
            _ => None,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        if let Some(status) = self.status {
            write!(f, " answered {status}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        self.hint().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

impl std::error::Error for ApiError {}

impl From<ApiError> for SourceError {
    fn from(error: ApiError) -> Self {
        let kind = match error.kind {
            ApiErrorKind::Unreachable | ApiErrorKind::Server => SourceErrorKind::Transient,
            ApiErrorKind::Throttled => SourceErrorKind::Throttled,
            ApiErrorKind::Unauthorized | ApiErrorKind::Forbidden => SourceErrorKind::Credentials,
            ApiErrorKind::Agreement => SourceErrorKind::Agreement,
            ApiErrorKind::NotFound | ApiErrorKind::Request | ApiErrorKind::BadData => SourceErrorKind::BadData,
        };
        let told = Self::new(kind, error.to_string());
        match error.retry_after {
            Some(wait) => told.with_retry_after(wait),
            None => told,
        }
    }
}

fn classify(status: u16, code: &str) -> ApiErrorKind {
    match status {
        401 => ApiErrorKind::Unauthorized,
        403 if code.starts_with(AGREEMENT) => ApiErrorKind::Agreement,
        403 => ApiErrorKind::Forbidden,
        404 => ApiErrorKind::NotFound,
        408 => ApiErrorKind::Unreachable,
        429 => ApiErrorKind::Throttled,
        400..=499 => ApiErrorKind::Request,
        500..=599 => ApiErrorKind::Server,
        _ => ApiErrorKind::BadData,
    }
}

/// One entry of Apple's `errors`. `id` and `detail` may be missing; `source`, `links` and `meta` say nothing new.
#[derive(Deserialize)]
struct Told {
    code: String,
    title: Option<String>,
    detail: Option<String>,
}

impl Told {
    /// The detail says most, but not of refused tokens, where it is a paragraph of advice.
    fn words(self, kind: ApiErrorKind) -> String {
        let (first, second) =
            if kind == ApiErrorKind::Unauthorized { (self.title, self.detail) } else { (self.detail, self.title) };
        first.or(second).unwrap_or_default()
    }

    /// The entry that explains most: a missing agreement, else the first.
    fn read(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            errors: Vec<Told>,
        }
        let mut errors = serde_json::from_slice::<Body>(body).ok()?.errors;
        let at = errors.iter().position(|error| error.code.starts_with(AGREEMENT)).unwrap_or(0);
        (at < errors.len()).then(|| errors.swap_remove(at))
    }
}

/// Foreign text as one short line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_DETAIL).collect()
}
