//! What the engine's thinking costs: time and allocations of one poll, with and without news.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use stats_alloc::Region;
use statused::engine::{Command, Engine, Input, Settings};
use statused::model::{Account, Sightings, SourceId, Store};
use statused::source::PollReport;

use crate::shop::Shop;
use crate::table::Table;
use crate::{ALLOCATOR, Measured};

/// An engine that has all its wishes granted at once: nothing is kept, every commit succeeds.
pub(crate) struct Driven {
    engine: Engine,
    pub(crate) source: SourceId,
    pub(crate) shop: Shop,
    step: usize,
}

/// What one poll cost the engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) took: Duration,
    pub(crate) allocations: usize,
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
        Cost { took: began.elapsed(), allocations: region.change().allocations, commits }
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

fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(crate) fn measure(table: &mut Table) -> Measured {
    for apps in [1, 200, 100_000] {
        let mut driven = Driven::new(apps);
        driven.poll();
        let rounds = (400_000 / apps).clamp(3, 1000);
        let mut costs: Vec<Cost> = (0..rounds).map(|_| driven.poll()).collect();
        costs.sort_by_key(|cost| cost.took);
        let quiet = costs[costs.len() / 2];
        let what = format!("engine, poll of {apps} apps without news");
        let figure = format!(
            "{:.1?}, {:.0} ns and {:.2} allocations an app, {} commits",
            quiet.took,
            quiet.took.as_nanos() as f64 / apps as f64,
            quiet.allocations as f64 / apps as f64,
            quiet.commits
        );
        if apps == 200 {
            let met = quiet.took < Duration::from_millis(1) && quiet.commits == 0;
            table.judge(what, figure, "", "1 ms, no write", met);
        } else {
            table.note(what, figure, "");
        }
        let mut costs: Vec<Cost> = (0..rounds.min(20))
            .map(|_| {
                driven.advance();
                driven.poll()
            })
            .collect();
        costs.sort_by_key(|cost| cost.took);
        let news = costs[costs.len() / 2];
        table.note(
            format!("engine, poll of {apps} apps that have all changed"),
            format!(
                "{:.1?}, {:.1} µs and {:.0} allocations an app",
                news.took,
                news.took.as_micros() as f64 / apps as f64,
                news.allocations as f64 / apps as f64
            ),
            "",
        );
    }
    Ok(())
}
