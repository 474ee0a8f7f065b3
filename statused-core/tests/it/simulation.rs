//! A thousand worlds, each with its own faults, and a crash at every place of each scenario.

use statused_core::testkit::sim::{Scenario, Simulation, Totals};

/// A branch that a thousand worlds may leave out: one of some thousand takes it, and so does a unit test of the engine. Those of
/// letters belong to the worlds of Google Play.
const ELSEWHERE: &str = "DoubtUnanswered";

#[test]
fn a_thousand_worlds_keep_the_promises() {
    let totals = Simulation::new().seeds(0..1000).threads(2).check().unwrap_or_else(|report| panic!("{report}"));
    // A run in which nothing goes wrong proves nothing.
    assert!(totals.crashes > 1000 && totals.faults > 10_000 && totals.announced > 10_000, "{totals:?}");
    assert!(totals.pauses > 1000 && totals.polls_left > 1000, "{totals:?}");
    assert!(totals.repeats > 0, "at-least-once was never put to the test: {totals:?}");
    let elsewhere = |mark: &String| mark.starts_with("Letter") || mark == ELSEWHERE;
    let missed: Vec<_> = totals.missed_marks().into_iter().filter(|mark| !elsewhere(mark)).collect();
    assert!(missed.is_empty(), "branches of the engine that no world has taken: {missed:?}");
}

#[test]
fn the_same_seed_is_the_same_world() {
    let simulation = Simulation::new();
    for seed in 0..20 {
        assert_eq!(simulation.run(seed), simulation.run(seed));
    }
    let digests: std::collections::BTreeSet<_> = (0..20).map(|seed| simulation.run(seed).digest).collect();
    assert_eq!(digests.len(), 20, "the digest tells worlds apart");
}

#[test]
fn every_scenario_survives_a_crash_at_every_place() {
    assert!(Scenario::all().len() >= 20);
    let mut sum = Totals::default();
    for scenario in Scenario::all() {
        let totals = scenario.crash_everywhere().unwrap_or_else(|report| panic!("{}\n{report}", scenario.name()));
        assert!(totals.announced > totals.seeds, "{}: {totals:?}", scenario.name());
        sum.add(&totals);
    }
    assert!(sum.crashes > 5_000, "{sum:?}");
}
