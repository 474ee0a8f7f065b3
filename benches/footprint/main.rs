//! Measures what the engine's thinking and remembering take, and prints a table. Its allocator counts, which would slow
//! down what is measured against the clock: that is the other benchmark, `performance`.
//!
//! `cargo bench --bench footprint`; `engine`, `memory` or `month` behind `--` measures that alone. The exit code is 1 if a
//! budget is missed.

#[path = "../performance/calendar.rs"]
mod calendar;
mod driven;
mod engine;
mod memory;
mod month;
#[path = "../performance/quick.rs"]
mod quick;
#[path = "../performance/shop.rs"]
mod shop;
#[path = "../performance/table.rs"]
mod table;

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use table::{Part, Table};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    let parts: [Part; 3] = [("engine", engine::measure), ("memory", memory::measure), ("month", month::measure)];
    Table::of(&parts)
}
