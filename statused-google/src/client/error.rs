//! What Google's answers mean when they are not the expected ones.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use statused_core::source::{SourceError, SourceErrorKind};

/// A request that failed. Names the method of the API and the app, never a token, a key or an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// What kind of failure.
    pub kind: ApiErrorKind,
    /// Which method of the API, of which app (`edits.tracks.list of com.acme.app`).
    pub place: String,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Google's reason (`accessNotConfigured`, `PERMISSION_DENIED`), if it gave one.
    pub reason: Option<String>,
    /// What went wrong, in Google's words or ours.
    pub detail: String,
    /// How long Google wants to be left alone.
    pub retry_after: Option<Duration>,
    /// No answer came in time; asking again would take as long.
    pub(super) timed_out: bool,
}

/// The kinds of failure that call for different reactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// No answer: the network, a time-out, a connection that broke.
    Unreachable,
    /// The server failed (5xx).
    Server,
    /// A quota is used up: 429, or a 403 that speaks of a quota, as that of listing releases does.
    Quota,
    /// The key was refused where tokens are made.
    Key,
    /// The token was refused, also a fresh one (401).
    Unauthorized,
    /// The API is not enabled in the key's Google Cloud project.
    Disabled,
    /// The service account may not do this (403).
    Forbidden,
    /// Google knows no such app or track (404).
    NotFound,
    /// There is no such method at this address (404 in nobody's error format).
    NoSuchMethod,
    /// The edit has been deleted or has expired: somebody else has opened one, or has changed the app.
    EditGone,
    /// Something else was changed at the same time (409).
    Conflict,
    /// Google did not understand the request (other 4xx).
    Request,
    /// The answer could not be understood.
    BadData,
}

/// Google names no time with most refusals.
const THROTTLED_FOR: Duration = Duration::from_secs(60);
const LONGEST_DETAIL: usize = 300;

impl ApiError {
    /// A failure of the given kind, in words; for what a test makes up.
    pub fn new(kind: ApiErrorKind, place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind,
            place: place.into(),
            status: None,
            reason: None,
            detail: detail.into(),
            retry_after: None,
            timed_out: false,
        }
    }

    /// Reads an answer that is not a success. The detail is what a person may read: short, one line, without `secret`.
    pub(super) fn from_answer(
        place: &str,
        status: u16,
        body: &[u8],
        retry_after: Option<Duration>,
        secret: &str,
    ) -> Self {
        let told = Told::read(body);
        let clean = |text: &str| one_line(&text.replace(secret, "[redacted]"));
        let kind = classify(status, told.as_ref());
        let detail = told
            .as_ref()
            .map_or_else(|| "the answer is not in Google's error format".to_owned(), |told| clean(&told.message));
        let reason = told.and_then(|told| told.reasons.into_iter().next()).map(|reason| clean(&reason));
        let retry_after = match kind {
            ApiErrorKind::Quota => Some(retry_after.unwrap_or(THROTTLED_FOR)),
            _ => retry_after,
        };
        Self { kind, place: place.to_owned(), status: Some(status), reason, detail, retry_after, timed_out: false }
    }

    /// The same for the endpoint of tokens: what it refuses is the key.
    pub(super) fn of_token(mut self) -> Self {
        if matches!(
            self.kind,
            ApiErrorKind::Unauthorized | ApiErrorKind::Forbidden | ApiErrorKind::Request | ApiErrorKind::EditGone
        ) {
            self.kind = ApiErrorKind::Key;
        }
        self
    }

    /// Whether another try at once may succeed.
    pub(super) fn passes(&self) -> bool {
        match self.kind {
            ApiErrorKind::Unreachable => !self.timed_out,
            ApiErrorKind::Unauthorized | ApiErrorKind::Conflict => true,
            ApiErrorKind::Server => matches!(self.status, Some(500 | 502 | 503 | 504)),
            _ => false,
        }
    }

    /// Whether the API, rather than the question, is at fault.
    pub(super) fn is_failure(&self) -> bool {
        !matches!(self.kind, ApiErrorKind::NotFound | ApiErrorKind::Request | ApiErrorKind::EditGone)
    }

    /// Whether asking again soon would bring the same: somebody must change something first.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(
            self.kind,
            ApiErrorKind::Key
                | ApiErrorKind::Unauthorized
                | ApiErrorKind::Disabled
                | ApiErrorKind::Forbidden
                | ApiErrorKind::NoSuchMethod
                | ApiErrorKind::Request
        )
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        let reporting = self.place.starts_with("apps.");
        Some(match self.kind {
            ApiErrorKind::Key => {
                "is the key deleted or disabled? Google Cloud → IAM & Admin → Service accounts → Keys; and is this machine's clock right?"
            }
            ApiErrorKind::Unauthorized => {
                "the token was refused, also a fresh one: check the key under Google Cloud → IAM & Admin → Service accounts → Keys"
            }
            ApiErrorKind::Disabled if reporting => {
                "enable the Google Play Developer Reporting API in the key's project: https://console.cloud.google.com/apis/library/playdeveloperreporting.googleapis.com"
            }
            ApiErrorKind::Disabled => {
                "enable the Google Play Android Developer API in the key's project: https://console.cloud.google.com/apis/library/androidpublisher.googleapis.com"
            }
            ApiErrorKind::Forbidden => {
                "invite the service account under Play Console → Users and permissions, and tick View app information (read-only); it may take a day to work"
            }
            ApiErrorKind::NotFound => {
                "check the package name, and that the app is in the account that the service account was invited to"
            }
            ApiErrorKind::NoSuchMethod => "is the base URL Google's?",
            ApiErrorKind::EditGone => {
                "something else opens edits with this service account, an uploader perhaps: give each a service account of its own, or watch without edits"
            }
            ApiErrorKind::Quota => "nothing to do: it is asked again later",
            _ => return None,
        })
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        if let Some(status) = self.status {
            write!(f, " answered {status}")?;
        }
        if let Some(reason) = &self.reason {
            write!(f, " {reason}")?;
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
            ApiErrorKind::Unreachable | ApiErrorKind::Server | ApiErrorKind::EditGone | ApiErrorKind::Conflict => {
                SourceErrorKind::Transient
            }
            ApiErrorKind::Quota => SourceErrorKind::Throttled,
            ApiErrorKind::Key | ApiErrorKind::Unauthorized | ApiErrorKind::Disabled | ApiErrorKind::Forbidden => {
                SourceErrorKind::Credentials
            }
            ApiErrorKind::NotFound | ApiErrorKind::NoSuchMethod | ApiErrorKind::Request | ApiErrorKind::BadData => {
                SourceErrorKind::BadData
            }
        };
        let told = Self::new(kind, error.to_string());
        match error.retry_after {
            Some(wait) => told.with_retry_after(wait),
            None => told,
        }
    }
}

fn classify(status: u16, told: Option<&Told>) -> ApiErrorKind {
    let says = |reasons: &[&str]| told.is_some_and(|told| told.reasons.iter().any(|r| reasons.contains(&r.as_str())));
    let mentions =
        |words: &[&str]| told.is_some_and(|told| words.iter().all(|word| told.message.to_lowercase().contains(word)));
    match status {
        401 if says(&["permissionDenied"]) || mentions(&["insufficient permissions"]) => ApiErrorKind::Forbidden,
        401 => ApiErrorKind::Unauthorized,
        // Its domain is `usageLimits`, too.
        403 if says(&["accessNotConfigured", "SERVICE_DISABLED"]) => ApiErrorKind::Disabled,
        403 if mentions(&["has not been used in project"]) => ApiErrorKind::Disabled,
        403 if mentions(&["quota"]) || says(QUOTA) => ApiErrorKind::Quota,
        403 => ApiErrorKind::Forbidden,
        404 if told.is_some() => ApiErrorKind::NotFound,
        404 => ApiErrorKind::NoSuchMethod,
        410 => ApiErrorKind::EditGone,
        400 if says(&["editDeleted", "editExpired", "editAlreadyCommitted"]) => ApiErrorKind::EditGone,
        400 if mentions(&["edit", "deleted"]) || mentions(&["edit", "expired"]) => ApiErrorKind::EditGone,
        408 => ApiErrorKind::Unreachable,
        409 => ApiErrorKind::Conflict,
        429 => ApiErrorKind::Quota,
        400..=499 => ApiErrorKind::Request,
        500..=599 => ApiErrorKind::Server,
        _ => ApiErrorKind::BadData,
    }
}

/// Reasons of refusals that pass with time. Google gives them with 403 and with 429.
const QUOTA: &[&str] = &[
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "dailyLimitExceeded",
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_EXHAUSTED",
];

/// What an error says of itself.
struct Told {
    message: String,
    /// From the most to the least telling.
    reasons: Vec<String>,
}

impl Told {
    /// Reads both forms: that of the APIs, and that of OAuth (`{"error":"invalid_grant","error_description":"…"}`).
    fn read(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            error: Either,
            error_description: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Api(Api),
            OAuth(String),
        }
        #[derive(Deserialize)]
        struct Api {
            message: Option<String>,
            status: Option<String>,
            #[serde(default)]
            errors: Vec<Entry>,
            #[serde(default)]
            details: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            reason: Option<String>,
        }
        let body: Body = serde_json::from_slice(body).ok()?;
        Some(match body.error {
            Either::OAuth(code) => Self { message: body.error_description.unwrap_or_default(), reasons: vec![code] },
            Either::Api(api) => {
                let reasons = api.errors.into_iter().chain(api.details).filter_map(|entry| entry.reason);
                Self { message: api.message.unwrap_or_default(), reasons: reasons.chain(api.status).collect() }
            }
        })
    }
}

/// Foreign text as one short line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_DETAIL).collect()
}
