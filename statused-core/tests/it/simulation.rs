//! A thousand worlds, each with its own faults.

use statused_core::testkit::sim::Simulation;

#[test]
fn a_thousand_worlds_keep_the_promises() {
    let totals = Simulation::new().threads(2).check().unwrap_or_else(|report| panic!("{report}"));
    // A run in which nothing goes wrong proves nothing.
    assert!(totals.crashes > 1000 && totals.faults > 10_000 && totals.announced > 10_000, "{totals:?}");
    assert!(totals.repeats > 0, "at-least-once was never put to the test: {totals:?}");
}

#[test]
fn the_same_seed_is_the_same_world() {
    let simulation = Simulation::new();
    for seed in 0..20 {
        assert_eq!(simulation.run(seed), simulation.run(seed));
    }
}
