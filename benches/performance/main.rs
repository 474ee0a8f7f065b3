//! Measures, and prints a table: each figure beside its limit, taken in the same run on the same machine.
//!
//! `cargo bench --bench performance` measures everything; names of parts behind `--` measure those alone: `engine`, `delivery`, `backlog`, `history`, `latency`, `requests`, `memory`. The exit code is 1 if a budget is
//! missed.

mod bare;
mod delivery;
mod engine;
mod latency;
mod memory;
mod receiver;
mod requests;
mod running;
mod shop;
mod table;

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use table::Table;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Measured = Result<(), Box<dyn std::error::Error>>;

/// One part of the whole, by its name.
type Part = (&'static str, fn(&mut Table) -> Measured);

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command")]
fn main() -> ExitCode {
    // Cargo itself adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let mut table = Table::default();
    let parts: [Part; 7] = [
        ("engine", engine::measure),
        ("requests", |table| wait(requests::measure(table))),
        ("memory", memory::measure),
        ("latency", |table| wait(latency::measure(table))),
        ("delivery", |table| wait(delivery::measure(table))),
        ("backlog", |table| wait(delivery::measure_backlog(table))),
        ("history", |table| wait(delivery::measure_history(table))),
    ];
    for (name, measure) in parts.iter().filter(|(name, _)| is_wanted(name)) {
        eprintln!("{name} …");
        if let Err(error) = measure(&mut table) {
            eprintln!("{name} could not be measured: {error}");
            return ExitCode::FAILURE;
        }
    }
    println!("{table}");
    if table.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// On as many threads as there are cores, as an application would.
fn wait(measured: impl Future<Output = Measured>) -> Measured {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measured)
}
