//! What must not become dearer, by counts that are the same on every machine. Requests are counted in `tests/it/requests.rs`.
//!
//! A program of its own, with one test: the allocator counts for the whole process.

#[expect(dead_code, reason = "the benchmarks use more of it")]
#[path = "../../benches/footprint/driven.rs"]
mod driven;
#[expect(dead_code, reason = "the benchmarks use more of it")]
#[path = "../../benches/performance/shop.rs"]
mod shop;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use driven::{Driven, held};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn thinking_costs_what_it_is_known_to_cost() {
    let (mut few, mut many) = (Driven::new(100), Driven::new(1_100));
    few.poll();
    many.poll();
    let (quiet, busy) = (few.poll(), many.poll());
    assert_eq!((quiet.commits, busy.commits), (0, 0), "a poll without news writes nothing");
    assert_eq!(quiet.allocations, busy.allocations, "apps without news are looked at in place");
    assert!(quiet.allocations <= 4, "{} allocations for a poll without news", quiet.allocations);

    many.advance();
    let news = many.poll();
    assert_eq!(news.commits, 1, "what one poll brings is one commit");
    let each = news.allocations / 1_100;
    assert!(each <= 100, "{each} allocations for an app with news");

    drop((few, many));
    let region = Region::new(ALLOCATOR);
    let mut remembering = Driven::new(1_000);
    for _ in 0..10 {
        remembering.advance();
        remembering.poll();
    }
    // Three versions of each app by then.
    let each = (held(&region) - remembering.text() as isize) / 3_000;
    assert!(each <= 1_024, "{each} bytes for a subject beyond its text");
}
