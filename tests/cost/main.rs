//! What must not become dearer, by counts that are the same on every machine. Requests are counted in
//! `tests/it/requests.rs`.
//!
//! A program of its own, with one test: the allocator counts for the whole process.

mod counted;
mod delivering;
#[expect(dead_code, reason = "the benchmarks use more of it")]
#[path = "../../benches/footprint/driven.rs"]
mod driven;
mod linear;
#[path = "../../benches/performance/quick.rs"]
mod quick;
#[path = "../../benches/performance/shop.rs"]
mod shop;
mod thinking;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn nothing_costs_more_than_it_is_known_to() {
    thinking::costs_what_it_is_known_to_cost();
    thinking::remembering_takes_what_it_is_known_to_take();
    delivering::costs_what_it_is_known_to_cost();
}
