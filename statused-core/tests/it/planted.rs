//! The table of planted bugs cannot rot: each still has its one place.

#[path = "../../examples/plant/table.rs"]
mod table;

use std::collections::BTreeSet;

#[test]
fn every_planted_bug_still_has_its_place() {
    let names: BTreeSet<_> = table::all().map(|bug| bug.name).collect();
    assert!(names.len() >= 30 && names.len() == table::all().count());
    assert!(table::all().filter(|bug| bug.origin.starts_with("changelog ")).count() >= 19);
    assert!(table::all().filter(|bug| bug.krate != table::CORE).count() >= 5);
    for bug in table::all() {
        let path = format!("{}/../{}/{}", env!("CARGO_MANIFEST_DIR"), bug.krate, bug.file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(text.matches(bug.right).count(), 1, "{}: {}", bug.name, bug.right);
        assert_ne!(bug.right, bug.wrong);
    }
}
