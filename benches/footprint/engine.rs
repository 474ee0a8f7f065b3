//! What the engine's thinking costs: time and allocations of one poll, with and without news.

use std::time::Duration;

use crate::driven::{Cost, Driven};
use crate::table::{Measured, Table};

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
