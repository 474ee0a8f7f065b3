//! Whether memory grows in a month of changes, with retention on.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use stats_alloc::Region;
use statused::engine::Settings;
use statused::store::HistoryQuery;
use statused::{MemoryStore, Monitor, RuleWorkflow};

use crate::ALLOCATOR;
use crate::calendar::Calendar;
use crate::driven::held;
use crate::quick::Quick;
use crate::shop::Shop;
use crate::table::{Measured, Row, Table};

const APPS: usize = 20;
/// As many as a version has in its life, so that all weeks end alike.
const CHANGES_OF_A_DAY: usize = 5;
const DAYS_KEPT: usize = 2;
/// So many days, and an app has had as many versions as are ever remembered of it. Retention runs in them, too: a list that
/// was once long would hide what comes to it later.
const LIFE: usize = 300;
/// The days of the month after that at whose end memory is looked at.
const LOOKS: [usize; 2] = [14, 28];

/// What is held at the end of a day.
struct Look {
    bytes: f64,
    /// Events that are kept.
    events: usize,
    /// Versions that are remembered.
    subjects: usize,
}

pub(crate) fn measure(table: &mut Table) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let [before, after] = runtime.block_on(month())?;
    let growth = after.bytes / before.bytes;
    let mib = |look: &Look| look.bytes / f64::from(1 << 20);
    let row = Row::new(
        format!(
            "memory of {APPS} apps that change {CHANGES_OF_A_DAY} times a day, {DAYS_KEPT} days kept, after a month"
        ),
        format!(
            "{:.2} MiB, {:.0} bytes an app with {} versions in engine and store, {} events kept",
            mib(&after),
            after.bytes / APPS as f64,
            after.subjects / APPS,
            after.events
        ),
    );
    table.add(
        row.beside(format!("{:.2} MiB, {} events after two weeks of it", mib(&before), before.events))
            .ratio(growth)
            .budget("no growth (1 %)", growth <= 1.01 && after.events == before.events),
    );
    Ok(())
}

/// A month in which every app changes some times a day, after a long life.
async fn month() -> Result<[Look; 2], Box<dyn std::error::Error>> {
    let region = Region::new(ALLOCATOR);
    let calendar = Arc::new(Calendar::new());
    let shop = Arc::new(Shop::new(APPS));
    let mut settings = Settings::default();
    settings.keep_history = Duration::from_secs(DAYS_KEPT as u64 * 24 * 3600);
    settings.keep_deliveries = settings.keep_history;
    let monitor = Monitor::builder(Arc::new(MemoryStore::new()))
        .clock(Arc::clone(&calendar) as _)
        .settings(settings)
        .source("shop", Arc::clone(&shop) as _)
        .sink("quick", Arc::new(Quick))
        .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["quick"])))
        .build()?;
    let mut looks = Vec::new();
    for day in 1..=LIFE + LOOKS[1] {
        for _ in 0..CHANGES_OF_A_DAY {
            shop.allow(1);
            calendar.advance(TimeDelta::minutes(24 * 60 / CHANGES_OF_A_DAY as i64));
            monitor.tick().await;
            // Retention runs by the clock alone.
            monitor.run(tokio::task::yield_now()).await;
        }
        if LOOKS.map(|look| LIFE + look).contains(&day) {
            let bytes = held(&region) as f64;
            let events = monitor.history(HistoryQuery::default().with_limit(usize::MAX)).await?.len();
            let subjects = monitor.status().await?.iter().map(|app| app.subjects.len()).sum();
            looks.push(Look { bytes, events, subjects });
        }
    }
    Ok(looks.try_into().map_err(|_| "there are two looks")?)
}
