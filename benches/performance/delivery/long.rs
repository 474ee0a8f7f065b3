//! What does not slow it down: much that waits, and a long life.

use std::path::Path;
use std::sync::Arc;

use statused::Monitor;
use statused::stores::Synchronous;

use super::run::{APPS, Plan, Run, everything, sqlite};
use super::{EVENTS, Outcomes, SINK, durable, rate};
use crate::quick::Quick;
use crate::shop::Shop;
use crate::table::{Measured, Row, Table};

const BACKLOG: usize = 100_000;
const OLD_EVENTS: usize = 1_000_000;
/// An odd number, so that one is in the middle.
const ROUNDS: usize = 3;

/// The same with five times as much waiting.
pub(crate) async fn measure_backlog(table: &mut Table) -> Measured {
    let folder = tempfile::tempdir()?;
    let mut rounds = Rounds::default();
    for round in 0..ROUNDS {
        let plain = durable(&folder.path().join(format!("plain-{round}.db")), EVENTS).await?;
        let long = durable(&folder.path().join(format!("long-{round}.db")), BACKLOG).await?;
        rounds.add(&long, &plain);
    }
    rounds.judge(table, &format!("{BACKLOG} that wait"), "when no more wait", 0.8);
    Ok(())
}

/// The same after a long life.
pub(crate) async fn measure_history(table: &mut Table) -> Measured {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("old.db");
    let deliveries = live(&path).await?;
    let mut rounds = Rounds::default();
    for round in 0..ROUNDS {
        let plain = durable(&folder.path().join(format!("plain-{round}.db")), EVENTS).await?;
        let shop = format!("shop-{round}");
        let store = sqlite(&path, Synchronous::Full)?;
        let old = Plan { shop, ..Plan::new(store, EVENTS) }.run().await?;
        rounds.add(&old, &plain);
    }
    rounds.judge(
        table,
        &format!("after {OLD_EVENTS} old events and {deliveries} old deliveries"),
        "in a new file",
        0.9,
    );
    Ok(())
}

/// A long life: a million events, each delivered to the same sink. Returns how many deliveries that were.
async fn live(path: &Path) -> Outcomes<u64> {
    let shop = Arc::new(Shop::new(APPS));
    shop.allow(OLD_EVENTS / APPS);
    let monitor = Monitor::builder(sqlite(path, Synchronous::Normal)?)
        .source("past", shop)
        .sink(SINK, Arc::new(Quick))
        .workflow("everything", everything())
        .build()?;
    loop {
        let health = monitor.tick().await;
        if health.announced >= OLD_EVENTS as u64 {
            return Ok(health.sinks.values().map(|sink| sink.delivered).sum());
        }
    }
}

/// Runs that alternate with plain ones, and how they compare.
#[derive(Default)]
struct Rounds {
    queued: Vec<(f64, f64)>,
    drained: Vec<(f64, f64)>,
}

impl Rounds {
    fn add(&mut self, run: &Run, plain: &Run) {
        self.queued.push((run.queued(), plain.queued()));
        self.drained.push((run.drained(), plain.drained()));
    }

    fn judge(self, table: &mut Table, what: &str, plainly: &str, share: f64) {
        let row = |done: &str, pairs| {
            let (figure, plain) = median(pairs);
            let what = format!("SQLite FULL, 64 lanes, {what}: {done}, median of {ROUNDS} rounds");
            let row = Row::new(what, rate(figure)).beside(format!("{} {plainly}", rate(plain)));
            (row.ratio(figure / plain), figure / plain)
        };
        let (drained, ratio) = row("drained", self.drained);
        table.add(drained.budget(format!("{:.0} % of it", share * 100.0), ratio >= share));
        // Of no budget: two indexes grow at random places, at the price of a page each.
        table.add(row("queued", self.queued).0);
    }
}

/// The pair whose ratio is in the middle.
fn median(mut pairs: Vec<(f64, f64)>) -> (f64, f64) {
    let ratio = |&(figure, plain): &(f64, f64)| figure / plain;
    pairs.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
    pairs[pairs.len() / 2]
}
