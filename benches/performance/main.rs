//! Measures whole paths, and prints a table: each figure beside its limit, taken in the same run on the same machine.
//!
//! `cargo bench --bench performance` measures everything; names of parts behind `--` measure those alone: `requests`,
//! `latency`, `cycle`, `delivery`, `backlog`, `history`. The exit code is 1 if a budget is missed. PostgreSQL takes part if
//! `STATUSED_BENCH_POSTGRES` names a server.

mod bare;
mod calendar;
mod client;
mod cycle;
mod delivery;
mod latency;
mod quick;
mod receiver;
mod requests;
mod running;
mod shop;
mod table;

use std::process::ExitCode;

use table::{Measured, Part, Table};

fn main() -> ExitCode {
    let parts: [Part; 6] = [
        ("requests", |table| wait(requests::measure(table))),
        ("latency", |table| wait(latency::measure(table))),
        ("cycle", |table| wait(cycle::measure(table))),
        ("delivery", |table| wait(delivery::measure(table))),
        ("backlog", |table| wait(delivery::measure_backlog(table))),
        ("history", |table| wait(delivery::measure_history(table))),
    ];
    Table::of(&parts)
}

/// On as many threads as there are cores, as an application would.
fn wait(measured: impl Future<Output = Measured>) -> Measured {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measured)
}
