//! What watching costs at the stores: requests by the phase of a release, in a mixed world, and where an hour's do not
//! suffice.

mod apple;
mod budget;
mod google;
mod lifecycle;

use crate::table::{Measured, Table};

/// One of so many apps has a release under way, one of so many a rollout.
const RELEASES: usize = 10;
const ROLLOUTS: usize = 50;

pub(crate) async fn measure(table: &mut Table) -> Measured {
    for apps in [1, 20, 200, 1_000] {
        apple::measure(table, apps).await?;
    }
    for rollouts in [20, 100] {
        budget::measure(table, 1_000, rollouts).await?;
    }
    for packages in [1, 20, 200] {
        google::measure(table, packages).await?;
        lifecycle::measure(table, packages)?;
    }
    Ok(())
}

/// What each phase costs, on one line.
fn listed(costs: &[(&str, f64)]) -> String {
    let cost = |(phase, cost): &(&str, f64)| format!("{phase} {}", round(*cost));
    costs.iter().map(cost).collect::<Vec<_>>().join(", ")
}

/// `1 app`, `20 apps`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// With a decimal only where there is one.
fn round(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.1}") }
}
