//! What a watched app takes of memory, and whether it grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use stats_alloc::Region;
use statused::engine::Settings;
use statused::monitor::Clock;
use statused::{MemoryStore, Monitor, RuleWorkflow};

use crate::ALLOCATOR;
use crate::driven::{Driven, held};
use crate::shop::Shop;
use crate::table::{Measured, Table};

const STEPS_OF_A_DAY: usize = 10;
const APPS_OF_A_MONTH: usize = 20;
const CHANGES_OF_A_DAY: usize = 4;
/// So many changes, and an app has had as many versions as are ever remembered of it.
const CHANGES_OF_A_LIFE: usize = 1_500;

pub(crate) fn measure(table: &mut Table) -> Measured {
    for apps in [1_000, 10_000, 100_000] {
        let region = Region::new(ALLOCATOR);
        let mut driven = Driven::new(apps);
        for _ in 0..STEPS_OF_A_DAY {
            driven.advance();
            driven.poll();
        }
        let bytes = held(&region);
        let text = driven.text();
        drop(driven);
        // Three versions each by then: as many subjects.
        let subjects = apps * 3;
        let each = (bytes as f64 - text as f64) / subjects as f64;
        let what = format!("memory of {apps} apps, {subjects} subjects, after {STEPS_OF_A_DAY} changes of each app");
        let figure = format!("{:.0} MiB, {each:.0} bytes a subject beyond its text", bytes as f64 / f64::from(1 << 20));
        let beside = format!("{:.0} MiB of text", text as f64 / f64::from(1 << 20));
        let met = bytes < 512 << 20 && each < 1024.0;
        table.judge(what, figure, beside, "512 MiB, 1 KiB a subject", met);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(month(table))
}

/// A clock that stands still until it is told to move on.
#[derive(Debug)]
struct Calendar {
    start: DateTime<Utc>,
    hours: AtomicI64,
}

impl Clock for Calendar {
    fn now(&self) -> DateTime<Utc> {
        self.start + TimeDelta::hours(self.hours.load(Ordering::SeqCst))
    }
}

/// A month in which every app changes some times a day, with two days of retention, after a long life.
async fn month(table: &mut Table) -> Measured {
    let calendar = Arc::new(Calendar { start: Utc::now(), hours: AtomicI64::new(0) });
    let shop = Arc::new(Shop::new(APPS_OF_A_MONTH));
    let mut settings = Settings::default();
    settings.keep_history = Duration::from_secs(2 * 24 * 3600);
    settings.keep_deliveries = settings.keep_history;
    let monitor = Monitor::builder(Arc::new(MemoryStore::new()))
        .clock(Arc::clone(&calendar) as _)
        .settings(settings)
        .source("shop", Arc::clone(&shop) as _)
        .sink("quiet", Arc::new(Quiet))
        .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["quiet"])))
        .build()?;
    let region = Region::new(ALLOCATOR);
    let mut at_times = Vec::new();
    shop.allow(CHANGES_OF_A_LIFE);
    for _ in 0..CHANGES_OF_A_LIFE {
        monitor.tick().await;
    }
    for day in 0..30 {
        for _ in 0..CHANGES_OF_A_DAY {
            shop.allow(1);
            calendar.hours.fetch_add(24 / CHANGES_OF_A_DAY as i64, Ordering::SeqCst);
            monitor.tick().await;
            // Retention runs by the clock alone.
            monitor.run(tokio::task::yield_now()).await;
        }
        if day == 6 || day == 29 {
            at_times.push(held(&region));
        }
    }
    let growth = at_times[1] as f64 / at_times[0] as f64;
    table.judge(
        format!("memory of {APPS_OF_A_MONTH} apps after a month, {CHANGES_OF_A_DAY} changes a day each"),
        format!("{:.1} MiB", at_times[1] as f64 / f64::from(1 << 20)),
        format!("{:.1} MiB after a week: {growth:.2} of it", at_times[0] as f64 / f64::from(1 << 20)),
        "no growth (5 %)",
        growth < 1.05,
    );
    Ok(())
}

/// Takes everything.
#[derive(Debug)]
struct Quiet;

#[async_trait::async_trait]
impl statused::Sink for Quiet {
    fn profile(&self) -> statused::sink::SinkProfile {
        statused::sink::SinkProfile::default()
    }

    async fn deliver(&self, _: &statused::model::Notification) -> statused::Outcome {
        statused::Outcome::delivered()
    }
}
