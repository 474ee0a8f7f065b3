//! The same on a PostgreSQL server, by one monitor and by two.

use std::sync::Arc;

use statused::StateStore;
use statused::stores::PostgresStore;

use super::run::Plan;
use super::{Bare, EVENTS};
use crate::bare;
use crate::table::{Measured, Table};

/// What two processes together are to deliver in a second.
const TOGETHER: f64 = 4_500.0;

/// `posts`: how many lanes the bare client has had, and what it has posted in a second.
pub(super) async fn measure(table: &mut Table, url: &str, posts: &[(usize, f64)]) -> Measured {
    let schema = format!("bench_{}", std::process::id());
    let inserts = Some(bare::postgres(url, &format!("{schema}_bare"), EVENTS, 100).await?);
    let widest = posts.last().copied();
    let runs =
        posts.iter().map(|&(lanes, posts)| (lanes, posts, 1)).chain(widest.map(|(lanes, posts)| (lanes, posts, 2)));
    for (lanes, posts, monitors) in runs {
        let schema = format!("{schema}_{lanes}_{monitors}");
        let mut stores: Vec<Arc<dyn StateStore>> = Vec::new();
        for _ in 0..monitors {
            stores.push(Arc::new(PostgresStore::builder(url).schema(&schema).connect().await?));
        }
        let run = Plan { stores, shop: "shop".to_owned(), events: EVENTS, lanes }.run().await?;
        let what = format!("PostgreSQL, {lanes} lanes, {monitors} monitor{}", if monitors == 1 { "" } else { "s" });
        let row = Bare { posts, inserts }.row(what, &run);
        table.add(if monitors == 1 { row } else { row.budget("4,500/s", run.drained() >= TOGETHER) });
    }
    Ok(())
}
