//! When things happen: how long a world lasts, and when its account is busy.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

/// The time of a world.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Calendar {
    /// When the watch begins.
    pub start: DateTime<Utc>,
    /// When the account's last change is over at the latest. That is after the healing: not every change happens under
    /// faults.
    pub end: DateTime<Utc>,
    /// The beginnings of the times in which releases are made. Between them nothing happens for weeks.
    pub seasons: Vec<DateTime<Utc>>,
    /// When the faults end.
    pub heal: DateTime<Utc>,
    /// When everything that has to be written has been written.
    pub rest: DateTime<Utc>,
    /// When the world is over.
    pub over: DateTime<Utc>,
}

/// Every world begins here.
fn start() -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000)
}

impl Calendar {
    /// Two busy seasons, five weeks apart.
    pub(super) fn long() -> Self {
        let start = start();
        let second = start + TimeDelta::days(36);
        let heal = second + TimeDelta::hours(16);
        Self {
            start,
            end: heal + TimeDelta::hours(2),
            seasons: vec![start, second],
            heal,
            rest: heal + TimeDelta::hours(8),
            over: heal + TimeDelta::hours(10),
        }
    }

    /// One season of so many minutes.
    pub(super) fn short(minutes: i64) -> Self {
        let start = start();
        let heal = start + TimeDelta::minutes(minutes);
        Self {
            start,
            end: heal,
            seasons: vec![start],
            heal,
            rest: heal + TimeDelta::minutes(30),
            over: heal + TimeDelta::minutes(60),
        }
    }

    /// Draws when a release is begun: some are on their way when the watch begins.
    pub fn birth(&self, rng: &mut Rng) -> DateTime<Utc> {
        let season = rng.choice(&self.seasons).copied().unwrap_or(self.start);
        season - TimeDelta::hours(6) + TimeDelta::minutes(rng.i64(0..14 * 60))
    }

    /// How long the world lasts.
    pub(super) fn hours(&self) -> u64 {
        (self.over - self.start).num_hours().unsigned_abs()
    }
}
