//! An engine that has all its wishes granted at once.

use std::alloc::System;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use stats_alloc::Region;
use statused::engine::{Command, Engine, Input, Settings};
use statused::model::{Account, AggregateKey, Observation, Sighting, Sightings, SourceId, Store};
use statused::source::PollReport;

use crate::ALLOCATOR;
use crate::shop::Shop;

/// Nothing is kept, every commit succeeds.
pub(crate) struct Driven {
    engine: Engine,
    pub(crate) source: SourceId,
    pub(crate) shop: Shop,
    step: usize,
}

/// What one poll cost the engine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) took: Duration,
    pub(crate) allocations: usize,
    pub(crate) bytes: usize,
    pub(crate) commits: usize,
}

impl Driven {
    /// An engine that has taken `apps` apps as it found them.
    pub(crate) fn new(apps: usize) -> Self {
        let source = SourceId::from("shop");
        let mut engine = Engine::new(Settings::default());
        let account = Account::new(Store::AppStoreConnect);
        let interval = Duration::from_secs(30);
        engine.handle(now(), Input::SourceAdded { id: source.clone(), account, interval });
        let mut driven = Self { engine, source, shop: Shop::new(apps), step: 0 };
        driven.grant();
        driven.poll();
        driven
    }

    /// Lets every app take a step of its life.
    pub(crate) fn advance(&mut self) {
        self.step += 1;
    }

    /// The bytes of text that three versions of each app come with.
    pub(crate) fn text(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        // Two versions are shown by then; they stand for the third.
        let of_app = |(key, sighting): (&AggregateKey, &Sighting)| {
            let of_subject = |seen: &Observation| {
                seen.subject.id.len() + length(&seen.details.version) + length(&seen.details.console_url)
            };
            let subjects: usize = sighting.observations.iter().map(of_subject).sum();
            key.to_string().len() + length(&sighting.app.name) + subjects * 3 / 2
        };
        self.sightings(now()).iter().map(of_app).sum()
    }

    /// One poll, from its report to the last commit.
    pub(crate) fn poll(&mut self) -> Cost {
        self.engine.handle(now(), Input::Round);
        self.grant();
        let mut report = PollReport::new();
        let seen_at = now();
        report.sightings = self.sightings(seen_at);
        let region = Region::new(ALLOCATOR);
        let began = Instant::now();
        self.engine.handle(seen_at, Input::Polled { source: self.source.clone(), seen_at, result: Ok(report) });
        let commits = self.grant();
        let (took, change) = (began.elapsed(), region.change());
        Cost { took, allocations: change.allocations, bytes: change.bytes_allocated, commits }
    }

    fn sightings(&self, seen_at: DateTime<Utc>) -> Sightings {
        self.shop.sightings(&self.source, self.step, seen_at)
    }

    /// Answers what the engine asks of its store. Returns how often it wrote.
    fn grant(&mut self) -> usize {
        let mut commits = 0;
        while let Some(command) = self.engine.poll() {
            let answer = match command {
                Command::Restore { source } => Input::Restored { source, result: Ok(None) },
                Command::Load { work, .. } => Input::Loaded { work, result: Ok(Vec::new()) },
                Command::Commit { work, .. } => {
                    commits += 1;
                    Input::Committed { work, result: Ok(()) }
                }
                Command::LoadSinks => Input::SinksLoaded(Ok(Default::default())),
                _ => continue,
            };
            self.engine.handle(now(), answer);
        }
        commits
    }
}

/// What has been allocated since and is still there. What grows or shrinks in place is counted as both already.
pub(crate) fn held(region: &Region<'_, System>) -> isize {
    let change = region.change();
    change.bytes_allocated as isize - change.bytes_deallocated as isize
}

fn now() -> DateTime<Utc> {
    Utc::now()
}
