//! The documentation of the traits and the checks name the same promises.

use super::sinks::Desk;
use super::sources::Shop;
use super::stores::Memory;
use crate::RuleWorkflow;
use crate::testkit::conformance::{sink, source, store, workflow};

/// The ids of the bullets in a trait's file, in order. Each stands at what its middle part names: a method, or the trait.
fn bullets(source: &str, kind: &str) -> Vec<String> {
    let mut waiting: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for line in source.lines().map(str::trim) {
        let bullet = line.strip_prefix("/// * `").and_then(|rest| rest.split_once("`: "));
        if let Some((id, _)) = bullet.filter(|(id, _)| id.starts_with(&format!("{kind}."))) {
            waiting.push(id.to_owned());
        }
        let item = line.trim_start_matches("async ").strip_prefix("fn ").or_else(|| line.strip_prefix("pub trait "));
        let Some(item) = item else { continue };
        let method = item.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let place = if line.starts_with("pub trait ") { "always" } else { method };
        for (number, id) in (1..).zip(&waiting) {
            assert_eq!(*id, format!("{kind}.{place}.{number}"), "at {item}");
        }
        found.append(&mut waiting);
    }
    assert!(waiting.is_empty(), "bullets at nothing: {waiting:?}");
    found
}

/// Names begin with what the id says, so that a failing test can be found in the documentation.
fn assert_named(names: &[(&str, &str)]) {
    for (id, name) in names {
        let (_, place) = id.split_once('.').unwrap();
        assert!(name.starts_with(&format!("{}_", place.replace('.', "_"))), "{name} is the check of {id}");
    }
}

#[test]
fn every_bullet_has_a_check_and_every_check_a_bullet() {
    let stores: Vec<_> = store::table::<Memory>().iter().map(|check| (check.id, check.name)).collect();
    let sinks: Vec<_> = sink::table::<Desk>().iter().map(|check| (check.id, check.name)).collect();
    let sources: Vec<_> = source::table::<Shop>().iter().map(|check| (check.id, check.name)).collect();
    let workflows = workflow::table::<RuleWorkflow, fn() -> RuleWorkflow>();
    let workflows: Vec<_> = workflows.iter().map(|check| (check.id, check.name)).collect();
    let contracts = [
        ("store", include_str!("../../../store/mod.rs"), stores),
        ("sink", include_str!("../../../sink.rs"), sinks),
        ("source", include_str!("../../../source.rs"), sources),
        ("workflow", include_str!("../../../workflow/mod.rs"), workflows),
    ];
    for (kind, source, checks) in contracts {
        assert_named(&checks);
        let ids: Vec<_> = checks.into_iter().map(|(id, _)| id).collect();
        assert_eq!(bullets(source, kind), ids, "of the {kind}");
    }
}

#[test]
fn a_bullet_at_the_wrong_place_is_seen() {
    let right = "/// * `store.load.1`: this.\nasync fn load(&self);";
    assert_eq!(bullets(right, "store"), ["store.load.1"]);
    for wrong in ["/// * `store.load.1`: this.\nfn list(&self);", "/// * `store.load.2`: this.\nfn load(&self);"] {
        assert!(std::panic::catch_unwind(|| bullets(wrong, "store")).is_err(), "{wrong}");
    }
}
