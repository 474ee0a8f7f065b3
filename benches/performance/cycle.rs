//! A whole cycle: one poll in which every app has changed, made durable in one commit and told to one sink.

use std::sync::Arc;
use std::time::{Duration, Instant};

use statused::engine::Health;
use statused::stores::SqliteStore;
use statused::{Monitor, RuleWorkflow};

use crate::quick::Quick;
use crate::shop::Shop;
use crate::table::{Measured, Row, Table};

const SIZES: [usize; 2] = [1_000, 10_000];
/// An odd number, so that one is in the middle.
const ROUNDS: usize = 5;
/// How many times as much an app may cost among ten times as many.
const LINEAR: f64 = 3.0;

pub(crate) async fn measure(table: &mut Table) -> Measured {
    let mut before: Option<Duration> = None;
    for apps in SIZES {
        let whole = cycle(apps).await?;
        let each = whole / u32::try_from(apps)?;
        let row = Row::new(
            format!("cycle in which {apps} apps change, SQLite FULL, one sink, median of {ROUNDS}"),
            format!("{whole:.1?}, {each:.1?} an app"),
        );
        table.add(match before {
            None => row,
            Some(before) => {
                let ratio = each.as_secs_f64() / before.as_secs_f64();
                row.beside(format!("{before:.1?} an app of {}", SIZES[0]))
                    .ratio(ratio)
                    .budget(format!("linear: {LINEAR:.0} times at most"), ratio <= LINEAR)
            }
        });
        before = Some(each);
    }
    Ok(())
}

async fn cycle(apps: usize) -> Result<Duration, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let shop = Arc::new(Shop::new(apps));
    let monitor = Monitor::builder(Arc::new(SqliteStore::open(folder.path().join("cycle.db"))?))
        .source("shop", Arc::clone(&shop) as _)
        .sink("quick", Arc::new(Quick))
        .workflow("everything", Arc::new(RuleWorkflow::new("Everything").sinks(["quick"])))
        .build()?;
    // The apps are taken as they are found, and the workflow's welcome is sent.
    shop.allow(1);
    let mut before = counts(&monitor.tick().await);
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        shop.allow(1);
        let began = Instant::now();
        let health = monitor.tick().await;
        rounds.push(began.elapsed());
        let after = counts(&health);
        assert_eq!(after, before.map(|count| count + apps as u64), "every change is told once");
        before = after;
    }
    rounds.sort();
    Ok(rounds[ROUNDS / 2])
}

/// Changes that were announced, and deliveries.
fn counts(health: &Health) -> [u64; 2] {
    [health.announced, health.sinks.values().map(|sink| sink.delivered).sum()]
}
