//! Where notifications go.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::Notification;

/// What came of one try to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The destination has it.
    Delivered,
    /// The destination has taken it and does not say what becomes of it.
    Accepted,
    /// It did not arrive. With a time: the whole destination asks to be left alone until then.
    RetryAfter(Option<Duration>),
    /// The destination's configuration is dead: further tries are pointless until somebody changes it.
    Dead,
    /// It may have arrived.
    Ambiguous,
}

impl Verdict {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Accepted => "accepted",
            Self::RetryAfter(_) => "retry",
            Self::Dead => "dead",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// A sink's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// What it means.
    pub verdict: Verdict,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The rest for people, without secrets.
    pub detail: String,
}

impl Outcome {
    /// An outcome without further detail.
    pub fn new(verdict: Verdict) -> Self {
        Self { verdict, status: None, detail: String::new() }
    }

    /// Delivered.
    pub fn delivered() -> Self {
        Self::new(Verdict::Delivered)
    }

    /// Failed; try again by the usual back-off.
    pub fn retry(detail: impl Into<String>) -> Self {
        Self::new(Verdict::RetryAfter(None)).with_detail(detail)
    }

    /// The destination asks to be left alone for a while.
    pub fn retry_after(wait: Duration, detail: impl Into<String>) -> Self {
        Self::new(Verdict::RetryAfter(Some(wait))).with_detail(detail)
    }

    /// The destination is dead.
    pub fn dead(detail: impl Into<String>) -> Self {
        Self::new(Verdict::Dead).with_detail(detail)
    }

    /// It may have arrived.
    pub fn ambiguous(detail: impl Into<String>) -> Self {
        Self::new(Verdict::Ambiguous).with_detail(detail)
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Whether the destination took it.
    pub fn is_success(&self) -> bool {
        matches!(self.verdict, Verdict::Delivered | Verdict::Accepted)
    }
}

/// How often a destination may be called: `permits` at once, refilled over `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// Calls that may come in a burst.
    pub permits: u32,
    /// The time in which that many are granted again.
    pub per: Duration,
}

impl Rate {
    /// `permits` in every `per`.
    pub const fn new(permits: u32, per: Duration) -> Self {
        Self { permits, per }
    }
}

/// When a failed delivery is tried again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The longest wait before each retry, in order; as many retries as entries.
    pub waits: Vec<Duration>,
    /// How chance varies each wait, so that many failures do not come back together.
    pub jitter: Jitter,
}

/// How chance varies a wait.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Jitter {
    /// Anything from nothing to the whole wait.
    Full,
    /// The wait, more or less by this part of it (0.2: a fifth either way).
    Within(f64),
}

impl RetryPolicy {
    /// The original's: five retries, exponential from one second, full jitter.
    pub fn five() -> Self {
        Self::exponential(5, Duration::from_secs(1))
    }

    /// `retries` retries, each wait twice the one before, full jitter.
    pub fn exponential(retries: u32, first: Duration) -> Self {
        let waits = (0..retries).map(|n| first.saturating_mul(1u32.checked_shl(n).unwrap_or(u32::MAX))).collect();
        Self { waits, jitter: Jitter::Full }
    }

    /// The schedule that Standard Webhooks recommends: ten tries over three days.
    pub fn standard_webhooks() -> Self {
        let minutes = |m: u64| Duration::from_secs(60 * m);
        let hours = |h: u64| Duration::from_secs(3600 * h);
        Self {
            waits: vec![
                Duration::from_secs(5),
                minutes(5),
                minutes(30),
                hours(2),
                hours(5),
                hours(10),
                hours(14),
                hours(20),
                hours(24),
            ],
            jitter: Jitter::Within(0.2),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::five()
    }
}

/// What a sink says of itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SinkProfile {
    /// How often it may be called; `None`: as often as there is something.
    pub rate: Option<Rate>,
    /// How many calls it takes at once. Deliveries of one app are never in flight together.
    pub concurrency: usize,
    /// Whether a repeat is harmless (the event id makes it so). If not, an ambiguous try is left to a person.
    pub repeat_is_harmless: bool,
    /// How long one try may take.
    pub timeout: Duration,
    /// When a failed try is repeated.
    pub retry: RetryPolicy,
}

impl Default for SinkProfile {
    /// No rate, 16 at once, repeats harmless, 30 s, five retries.
    fn default() -> Self {
        Self {
            rate: None,
            concurrency: 16,
            repeat_is_harmless: true,
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::five(),
        }
    }
}

impl SinkProfile {
    /// Limits how often it is called.
    #[must_use]
    pub fn with_rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Sets how many calls it takes at once (at least one).
    #[must_use]
    pub fn with_concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }

    /// Sets how long one try may take.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets when a failed try is repeated.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Says that a repeat would do harm.
    #[must_use]
    pub fn with_harmful_repeats(mut self) -> Self {
        self.repeat_is_harmless = false;
        self
    }
}

/// Delivers notifications to one destination.
///
/// Each method says what it promises. The kit in `testkit::conformance::sink` has a check for every promise, under the same
/// id.
///
/// # Contract
///
/// * `sink.always.1`: neither `Debug` nor an outcome shows a secret, even if the destination repeats it. An address that is
///   a secret is redacted.
///
/// # Cancellation
///
/// The future of [`deliver`](Self::deliver) is dropped after the profile's timeout; the try then counts as ambiguous.
#[async_trait]
pub trait Sink: fmt::Debug + Send + Sync + 'static {
    /// What it says of itself. Asked once, when it is added.
    ///
    /// # Contract
    ///
    /// * `sink.profile.1`: it can be kept to: at least one call at a time, some time for a try, a rate that is granted.
    fn profile(&self) -> SinkProfile;

    /// Tries once.
    ///
    /// # Contract
    ///
    /// * `sink.deliver.1`: [`Verdict::Delivered`] and [`Verdict::Accepted`] are answered after the destination has taken it,
    ///   and only then. Everything else is another outcome, never a panic, whatever the destination says.
    /// * `sink.deliver.2`: [`Verdict::RetryAfter`] is for what certainly did not arrive: nobody was there, or it was refused
    ///   for now.
    /// * `sink.deliver.3`: what may have arrived is [`Verdict::Ambiguous`]: the connection broke, or time ran out, after the
    ///   first request that changes something.
    /// * `sink.deliver.4`: a wait that the destination asks for is passed on in [`Verdict::RetryAfter`], not slept and not
    ///   shortened.
    /// * `sink.deliver.5`: a destination that will not take anything as things are is [`Verdict::Dead`].
    /// * `sink.deliver.6`: a destination that refuses is not asked again: when to repeat is the monitor's.
    /// * `sink.deliver.7`: the same notification makes the same requests, but for what is fresh by its nature (a signature's
    ///   time).
    /// * `sink.deliver.8`: whatever an event carries or lacks, it is delivered; shortened and escaped if need be.
    /// * `sink.deliver.9`: as many calls at a time as [`SinkProfile::concurrency`] says do not disturb each other.
    /// * `sink.deliver.10`: the future may be dropped at any await; later tries are as good as the first.
    /// * `sink.deliver.11`: an answer without end is cut off.
    /// * `sink.deliver.12`: redirects are not followed.
    async fn deliver(&self, notification: &Notification) -> Outcome;
}
