//! Worlds in which the source's own planning and merging meet two APIs that learn of things apart, a quota,
//! and mail that is late, doubled, played again, altered, forged or missing.

mod mail;
mod play;
mod releases;

use statused_core::testkit::sim::{Scene, Simulation};

use play::Play;

/// Replays the seed that it names, with its story.
const SEED: &str = "STATUSED_SEED";
/// Lives through other worlds than the fixed ones: so many from the seed on that it names first, as `2000+500`.
const SEEDS: &str = "STATUSED_SEEDS";

fn google_play() -> Simulation {
    Simulation::new().scene("STATUSED_SEED={seed} cargo test -p statused-google --test sim", |rng, source, calendar| {
        let scene: Box<dyn Scene> = Box::new(Play::draw(rng, source, calendar));
        scene
    })
}

#[test]
fn the_promises_hold_in_worlds_of_google_play() {
    if let Ok(seed) = std::env::var(SEED) {
        let report = google_play().run(seed.parse().expect("STATUSED_SEED is a number"));
        assert!(report.violations.is_empty(), "{report}");
        return;
    }
    if let Ok(range) = std::env::var(SEEDS) {
        let numbers = range.split_once('+').and_then(|(first, count)| Some((first.parse().ok()?, count.parse().ok()?)));
        let (first, count): (u64, u64) = numbers.expect("STATUSED_SEEDS is two numbers: 2000+500");
        google_play().seeds(first..first + count).threads(2).check().unwrap_or_else(|report| panic!("{report}"));
        return;
    }
    let totals = google_play().seeds(0..1000).threads(2).check().unwrap_or_else(|report| panic!("{report}"));
    // A run in which nothing goes wrong proves nothing.
    assert!(totals.crashes > 1_000 && totals.faults > 10_000 && totals.announced > 7_000, "{totals:?}");
    assert!(totals.pauses > 1_000 && totals.polls_left > 1_000, "{totals:?}");
    // The engine's branches that no other store's worlds can take.
    let ours = |mark: &String| mark.starts_with("Letter");
    let missed: Vec<_> = totals.missed_marks().into_iter().filter(ours).collect();
    assert!(missed.is_empty(), "branches of the engine that no world has taken: {missed:?}");
}
