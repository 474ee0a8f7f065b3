//! How bad a world is. Each seed draws its own rates, and some faults are absent from it.

use fastrand::Rng;

/// The rates of a world's faults, each a probability per occasion.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    pub(super) poll_fails: f64,
    pub(super) page_stale: f64,
    pub(super) subject_missing: f64,
    pub(super) push_sent: f64,
    pub(super) push_doubled: f64,
    /// Pushes that carry nothing but the status.
    pub(super) push_bare: f64,
    /// Polls that read the store's log of pushes.
    pub(super) log_read: f64,
    /// Whether looks say what the store's clock was.
    pub(super) clock_shown: bool,
    /// How far the store's API lags behind its pushes, in seconds.
    pub(super) api_lag: i64,
    pub(super) read_fails: f64,
    pub(super) commit_fails: f64,
    pub(super) commit_ambiguous: f64,
    pub(super) settle_fails: f64,
    pub(super) sink_refuses: f64,
    pub(super) sink_ambiguous: f64,
    pub(super) sink_throttles: f64,
    pub(super) sink_dies: f64,
    pub(super) crash: f64,
    pub(super) clock_jumps: f64,
}

impl Faults {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        // Swarm testing: a fault that is always there hides what only happens in its absence.
        let mut rate = |most: f64| if rng.f64() < 0.4 { 0.0 } else { rng.f64() * most };
        // A source owes the store's clock if the API lags behind the pushes.
        let clock_shown = rate(1.0) > 0.2;
        Self {
            poll_fails: rate(0.3),
            page_stale: rate(0.3),
            subject_missing: rate(0.3),
            push_sent: rate(1.0),
            push_doubled: rate(0.5),
            push_bare: rate(1.0),
            log_read: rate(0.3),
            clock_shown,
            api_lag: if clock_shown { (rate(1.0) * 40.0) as i64 } else { 0 },
            read_fails: rate(0.2),
            commit_fails: rate(0.3),
            commit_ambiguous: rate(0.3),
            settle_fails: rate(0.3),
            sink_refuses: rate(0.5),
            sink_ambiguous: rate(0.3),
            sink_throttles: rate(0.2),
            sink_dies: rate(0.02),
            crash: rate(0.02),
            clock_jumps: rate(0.002),
        }
    }
}
