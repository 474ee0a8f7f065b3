//! Measures what the engine's thinking and remembering take, and prints a table. Its allocator counts, which would slow down what is
//! measured against the clock: that is the other benchmark, `performance`.
//!
//! `cargo bench --bench footprint`; `engine` or `memory` behind `--` measures that alone. The exit code is 1 if a budget is missed.

mod driven;
mod engine;
mod memory;
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
    let parts: [Part; 2] = [("engine", engine::measure), ("memory", memory::measure)];
    Table::of(&parts)
}
