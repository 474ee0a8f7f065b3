//! How the APIs are doing, seen from here.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use statused_core::source::ApiHealth;

/// How Google's APIs are doing, as of the last request.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// When a request last succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<DateTime<Utc>>,
    /// The last failure, which may be long past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Failure>,
    /// Requests since the start, repeats and tokens counted.
    pub requests: u64,
    /// How many of them failed.
    pub failures: u64,
    /// Share of failures among the recent requests, 0 to 1 (a moving average over about twenty).
    pub error_rate: f64,
    /// Time that the recent requests took, in milliseconds (a moving average over about twenty).
    pub latency_ms: f64,
}

impl From<Health> for ApiHealth {
    fn from(health: Health) -> Self {
        Self::new(health.error_rate, health.latency_ms)
    }
}

/// A failed request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened, without secrets.
    pub message: String,
}

/// Weight of the newest request in the moving averages.
const NEWEST: f64 = 0.1;

impl Health {
    pub(super) fn note(&mut self, now: DateTime<Utc>, took: Duration, failure: Option<String>) {
        self.requests += 1;
        let failed = if failure.is_some() { 1.0 } else { 0.0 };
        let millis = took.as_secs_f64() * 1000.0;
        if self.requests == 1 {
            (self.error_rate, self.latency_ms) = (failed, millis);
        } else {
            self.error_rate += NEWEST * (failed - self.error_rate);
            self.latency_ms += NEWEST * (millis - self.latency_ms);
        }
        match failure {
            None => self.last_success = Some(now),
            Some(message) => {
                self.failures += 1;
                self.last_failure = Some(Failure { at: now, message });
            }
        }
    }

    /// The request that was just noted as a success brought nonsense.
    pub(super) fn note_unreadable(&mut self, now: DateTime<Utc>, message: String) {
        self.failures += 1;
        self.error_rate += NEWEST * (1.0 - self.error_rate);
        self.last_failure = Some(Failure { at: now, message });
    }
}
