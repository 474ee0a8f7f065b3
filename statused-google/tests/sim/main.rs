//! Worlds in which the source's own planning and merging meet two APIs that learn of things apart, a quota,
//! and mail that is late, doubled, played again, altered, forged or missing.

mod mail;
mod play;
mod releases;

use statused_core::testkit::sim;

use play::Play;

#[test]
fn the_promises_hold_in_worlds_of_google_play() {
    let draw = |rng: &mut fastrand::Rng, source: &_, start, end| {
        let scene: Box<dyn sim::Scene> = Box::new(Play::draw(rng, source, start, end));
        scene
    };
    let totals = sim::check_scene(300, draw).unwrap_or_else(|report| panic!("{report}"));
    // A run in which nothing goes wrong proves nothing.
    assert!(totals.crashes > 300 && totals.faults > 3_000 && totals.announced > 2_000, "{totals:?}");
}
