//! Google's review states: their quota is hidden and small. Whole days by a simulated clock, of the source without
//! requests, which plans as the one with them does.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use statused::google::client::{ApiError, AppFound, Lifecycle, TrackList, TrackRelease};
use statused::google::testkit::{Answers, PureSource};
use statused::source::PollRequest;

use super::google::{PHASES, POLL_EVERY, Phase, TRACKS, package};
use super::{count, listed};
use crate::table::{Measured, Row, Table};

/// How long each phase lasts: as long as it takes until the least urgent track is read again.
const HOURS: usize = 6;
const POLLS_AN_HOUR: usize = 60;
/// Reads an hour of one app that Google was seen to answer; it refused 40.
const AN_HOUR: usize = 8;

/// What Google shows, and how often it was asked.
struct Play {
    packages: Vec<String>,
    /// What is under way at some of them.
    phase: Option<Phase>,
    /// Reads of the lifecycle in this hour, by package.
    reads: BTreeMap<String, usize>,
}

impl Play {
    fn under_way(&self, package: &str) -> Option<&Phase> {
        let phase = self.phase.as_ref()?;
        self.packages.iter().step_by(phase.one_in).any(|other| other == package).then_some(phase)
    }
}

impl Answers for Play {
    fn search(&mut self) -> Result<Vec<AppFound>, ApiError> {
        Ok(self.packages.iter().map(|package| AppFound::new(package, package)).collect())
    }

    fn tracks(&mut self, package: &str) -> Result<TrackList, ApiError> {
        let live = TrackRelease::new([1], "completed");
        let releases = match self.under_way(package) {
            None => vec![live],
            // What is declared in its place takes its place there at once.
            Some(Phase { declared: "completed", .. }) => vec![TrackRelease::new([2], "completed")],
            Some(Phase { declared, fraction, .. }) => {
                let next = TrackRelease::new([2], *declared);
                vec![live, if let Some(fraction) = *fraction { next.to_fraction(fraction) } else { next }]
            }
        };
        let none: [TrackRelease; 0] = [];
        let list = TrackList::new().with("production", releases);
        Ok(list.with("beta", none.clone()).with("alpha", none.clone()).with("internal", none))
    }

    fn lifecycle(&mut self, package: &str, _: &str) -> Result<Lifecycle, ApiError> {
        *self.reads.entry(package.to_owned()).or_default() += 1;
        let state = |state: &str| format!("RELEASE_LIFECYCLE_STATE_{state}");
        let live = Lifecycle::new().with([1], state("PUBLISHED"));
        Ok(match self.under_way(package) {
            None => live,
            Some(Phase { declared: "completed", state: "PUBLISHED", .. }) => {
                Lifecycle::new().with([2], state("PUBLISHED"))
            }
            Some(phase) => live.with([2], state(phase.state)),
        })
    }
}

/// A source, by a clock that goes from poll to poll.
struct Watched {
    source: PureSource,
    request: PollRequest,
    play: Play,
}

/// Reads of the lifecycle.
struct Reads {
    /// Of all packages, in the mean of all hours.
    each: f64,
    /// Of one package, in its busiest hour.
    busiest: usize,
}

impl Watched {
    fn new(packages: usize) -> Self {
        let packages = (0..packages).map(package).collect();
        let play = Play { packages, phase: None, reads: BTreeMap::new() };
        let start = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000);
        Self { source: PureSource::new([""; 0]), request: PollRequest::new("google".into(), start), play }
    }

    fn hours(&mut self, hours: usize) -> Result<Reads, Box<dyn std::error::Error>> {
        let (mut all, mut busiest) = (0, 0);
        for _ in 0..hours {
            self.play.reads.clear();
            for _ in 0..POLLS_AN_HOUR {
                let report = self.source.poll(&self.request, &mut self.play)?;
                self.request.checkpoint = report.checkpoint.or(self.request.checkpoint.take());
                self.request.now += TimeDelta::from_std(POLL_EVERY)?;
            }
            all += self.play.reads.values().sum::<usize>();
            busiest = busiest.max(self.play.reads.values().copied().max().unwrap_or(0));
        }
        Ok(Reads { each: all as f64 / hours as f64, busiest })
    }
}

pub(super) fn measure(table: &mut Table, packages: usize) -> Measured {
    let mut watched = Watched::new(packages);
    let start = watched.hours(1)?;
    let mut busiest = start.busiest;
    // Until those that were read first, and those that were read last, have been read again.
    watched.hours(HOURS)?;
    let quiet = watched.hours(HOURS)?;
    let mut costs = vec![("first hour", start.each), ("all live", quiet.each)];
    for phase in PHASES {
        let name = phase.name;
        watched.play.phase = Some(phase);
        let reads = watched.hours(HOURS)?;
        busiest = busiest.max(reads.busiest);
        costs.push((name, reads.each));
    }
    let most = costs.iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
    let naive = packages * TRACKS * POLLS_AN_HOUR;
    let row = Row::new(
        format!("Google Play, {}, reads of the lifecycle an hour by phase", count(packages, "package")),
        format!("{}; {:.0} a day at most; {busiest} of one package in its busiest hour", listed(&costs), most * 24.0),
    );
    table.add(
        row.beside(format!(
            "{naive} if each track is asked for in each poll; a hidden quota answered {AN_HOUR} of a package, not 40"
        ))
        .ratio(most / naive as f64)
        .budget(format!("{AN_HOUR} of a package"), busiest <= AN_HOUR),
    );
    Ok(())
}
