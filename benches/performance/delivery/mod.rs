//! Durable deliveries a second: from the source through the store to a receiver that answers at once.

mod gate;
mod long;
mod postgres;
mod run;

use std::path::Path;
use std::sync::Arc;

use statused::MemoryStore;
use statused::stores::Synchronous;

use crate::bare;
use crate::client;
use crate::table::{Measured, Row, Table};
pub(crate) use long::{measure_backlog, measure_history};
use run::{Plan, Run, sqlite};

const EVENTS: usize = 20_000;
const SINK: &str = "hook";
const LANES: [usize; 3] = [1, 16, 64];
/// An odd number, so that one is in the middle.
const ROUNDS: usize = 9;

type Outcomes<T> = Result<T, Box<dyn std::error::Error>>;

/// What nothing can be faster than: the client alone, and the database alone.
struct Bare {
    /// Posts a second, and as many at a time.
    posts: f64,
    /// Rows a second, 100 in a transaction.
    inserts: Option<f64>,
}

impl Bare {
    fn beside(&self) -> String {
        let inserts = self.inserts.map(|inserts| format!("; {} bare inserts, 100 in one", rate(inserts)));
        format!("{} the bare client{}", rate(self.posts), inserts.unwrap_or_default())
    }

    /// A run's drain and its whole way beside it.
    fn row(&self, what: impl Into<String>, run: &Run) -> Row {
        let (drained, whole) = (run.drained(), run.whole());
        let figure = format!(
            "{} (queued at {}; both {}, {:.2} of the client)",
            rate(drained),
            rate(run.queued()),
            rate(whole),
            whole / self.posts
        );
        Row::new(what, figure).beside(self.beside()).ratio(drained / self.posts)
    }
}

pub(crate) async fn measure(table: &mut Table) -> Measured {
    let folder = tempfile::tempdir()?;
    let memory = Plan::new(Arc::new(MemoryStore::new()), EVENTS).run().await?;
    let mut posts = Vec::new();
    for lanes in LANES {
        posts.push((lanes, client::posts(memory.body.clone(), EVENTS, lanes).await?));
    }
    let widest = posts[LANES.len() - 1].1;
    table.add(Bare { posts: widest, inserts: None }.row("memory, 64 lanes", &memory));
    for (name, synchronous) in [("FULL", Synchronous::Full), ("NORMAL", Synchronous::Normal)] {
        let inserts = Some(bare::sqlite(folder.path(), name, EVENTS, 100)?);
        for &(lanes, posts) in &posts {
            let store = sqlite(&folder.path().join(format!("{name}-{lanes}.db")), synchronous)?;
            let run = Plan { lanes, ..Plan::new(store, EVENTS) }.run().await?;
            table.add(Bare { posts, inserts }.row(format!("SQLite {name}, {lanes} lanes"), &run));
        }
    }
    judge(table, folder.path(), memory.body).await?;
    match std::env::var("STATUSED_BENCH_POSTGRES") {
        Ok(url) => postgres::measure(table, &url, &posts).await?,
        Err(_) => table.add(Row::new("PostgreSQL", "skipped: STATUSED_BENCH_POSTGRES names no server")),
    }
    Ok(())
}

/// Some rounds, each beside a bare client of the same minute: one second alone says little where others share the
/// machine.
async fn judge(table: &mut Table, folder: &Path, body: Vec<u8>) -> Measured {
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let bare = client::posts(body.clone(), EVENTS, 64).await?;
        let run = durable(&folder.join(format!("round-{round}.db")), EVENTS).await?;
        rounds.push((run.drained(), run.whole(), bare));
    }
    let ratio = |&(drained, _, bare): &(f64, f64, f64)| drained / bare;
    rounds.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
    let middle = rounds[ROUNDS / 2];
    let (drained, whole, bare) = middle;
    let row = Row::new(
        format!("SQLite FULL, 64 lanes, median of {ROUNDS} rounds"),
        format!("{} (queued and drained {}, {:.2} of the client)", rate(drained), rate(whole), whole / bare),
    );
    let spread = format!("{:.2} to {:.2}", ratio(&rounds[0]), ratio(&rounds[ROUNDS - 1]));
    table.add(
        row.beside(format!("{} the bare client ({spread})", rate(bare)))
            .ratio(ratio(&middle))
            .budget("a quarter of the bare client", ratio(&middle) >= 0.25),
    );
    Ok(())
}

/// So many events through a file with `synchronous=FULL`, 64 lanes wide.
async fn durable(path: &Path, events: usize) -> Outcomes<Run> {
    Plan::new(sqlite(path, Synchronous::Full)?, events).run().await
}

fn rate(per_second: f64) -> String {
    format!("{per_second:.0}/s")
}
