//! Google Play, by the phase of a release: what its edits cost. Review states have a quota, and a row, of their own.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use statused::google::testkit::{Endpoint, FakeGooglePlay};
use statused::{MemoryStore, Monitor};

use super::{RELEASES, ROLLOUTS, count, listed};
use crate::calendar::Calendar;
use crate::table::{Measured, Row, Table};

pub(super) const POLL_EVERY: Duration = Duration::from_secs(60);
/// What Google grants a project in a minute.
const A_MINUTE: f64 = 3_000.0;
/// What it granted in a day, by older documents.
const A_DAY: f64 = 200_000.0;
/// An app's usual tracks.
pub(super) const TRACKS: usize = 4;
/// What a poller asks of each app that asks each API for each track: an edit that is opened and discarded, and in it
/// each track; each track's lifecycle.
const NAIVE: usize = 2 + 2 * TRACKS;
const COUNTED: usize = 3;

/// A phase of a release: its name, what of the apps is in it, and how either API shows it.
pub(super) struct Phase {
    pub(super) name: &'static str,
    pub(super) one_in: usize,
    pub(super) declared: &'static str,
    pub(super) fraction: Option<f64>,
    pub(super) state: &'static str,
}

/// In the order in which a release goes through them.
pub(super) const PHASES: [Phase; 7] = [
    phase("draft", RELEASES, ("draft", None, "DRAFT")),
    phase("in review", RELEASES, ("completed", None, "IN_REVIEW")),
    phase("rejected", RELEASES, ("completed", None, "NOT_APPROVED")),
    phase("approved", RELEASES, ("completed", None, "APPROVED_NOT_PUBLISHED")),
    phase("rollout", ROLLOUTS, ("inProgress", Some(0.1), "PUBLISHED")),
    phase("halted", ROLLOUTS, ("halted", Some(0.1), "PUBLISHED")),
    phase("with everybody", RELEASES, ("completed", None, "PUBLISHED")),
];

const fn phase(
    name: &'static str,
    one_in: usize,
    (declared, fraction, state): (&'static str, Option<f64>, &'static str),
) -> Phase {
    Phase { name, one_in, declared, fraction, state }
}

pub(super) fn package(number: usize) -> String {
    format!("com.acme.app{number}")
}

/// A fake and who watches it, a minute by a simulated clock from poll to poll.
struct Watched {
    fake: FakeGooglePlay,
    monitor: Monitor,
    calendar: Arc<Calendar>,
}

impl Watched {
    /// Requests of so many polls, beside the lifecycle.
    async fn requests(&self, polls: usize) -> f64 {
        self.fake.forget();
        for _ in 0..polls {
            self.monitor.tick().await;
            self.calendar.advance(TimeDelta::from_std(POLL_EVERY).unwrap_or_default());
        }
        (self.fake.requests().len() - self.fake.count(Endpoint::Lifecycle)) as f64
    }

    /// Requests of each poll, once what is new is known.
    async fn each(&self) -> f64 {
        self.requests(1).await;
        self.requests(COUNTED).await / COUNTED as f64
    }
}

pub(super) async fn measure(table: &mut Table, packages: usize) -> Measured {
    let fake = FakeGooglePlay::start().await?;
    let tracks: Vec<_> =
        (0..packages).map(|number| fake.app(&package(number), &format!("App {number}")).track("production")).collect();
    tracks.iter().for_each(|track| drop(track.release("1.0", [1]).publish()));
    let source = Arc::new(fake.source().poll_every(POLL_EVERY).build()?);
    let calendar = Arc::new(Calendar::new());
    let monitor = Monitor::builder(Arc::new(MemoryStore::new()))
        .clock(Arc::clone(&calendar) as _)
        .source("google", source)
        .build()?;
    let watched = Watched { fake, monitor, calendar };
    let mut costs = vec![("start", watched.requests(1).await), ("all live", watched.each().await)];
    for Phase { name, one_in, declared, fraction, state } in PHASES {
        for track in tracks.iter().step_by(one_in) {
            track.release("1.1", [2]).state(state).declare(declared, fraction);
        }
        costs.push((name, watched.each().await));
    }
    let busiest = costs[1..].iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
    let (day, naive) = (busiest * 1440.0, packages * NAIVE);
    let row = Row::new(
        format!("Google Play, {}, requests a poll by phase, lifecycle aside", count(packages, "package")),
        format!("{}; {day:.0} a day at 60 s", listed(&costs)),
    );
    table.add(
        row.beside(format!(
            "{A_MINUTE:.0} a minute allowed, {A_DAY:.0} a day in older documents: {:.2} of that; {naive} a poll if each API is \
             asked for each of {TRACKS} tracks",
            day / A_DAY
        ))
        .ratio(busiest / A_MINUTE)
        .budget("3 a package", busiest <= 3.0 * packages as f64),
    );
    Ok(())
}
