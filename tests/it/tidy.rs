//! The pages about the code are true, and the code keeps to its own form.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every file of ours below a folder whose name passes.
fn files(folder: &Path, passes: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            if name != "target" && !name.starts_with('.') {
                found.extend(files(&entry.path(), passes));
            }
        } else if passes(&name) {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(PathBuf, String)> {
    let paths = files(root(), &|name| name.ends_with(".rs"));
    assert!(paths.len() > 100, "the sources were not found");
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// What stands in backticks, outside of fenced blocks.
fn quoted(text: &str) -> Vec<&str> {
    let plain = text.split("```").step_by(2);
    plain.flat_map(|part| part.split('`').skip(1).step_by(2)).collect()
}

/// The paragraphs and list items of a page, outside of fenced blocks.
fn paragraphs(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in text.split("```").step_by(2).flat_map(str::lines) {
        if line.trim().is_empty() || ["- ", "* ", "| ", "#"].iter().any(|mark| line.starts_with(mark)) {
            found.push(String::new());
        }
        if let Some(last) = found.last_mut() {
            last.push_str(line.trim());
            last.push(' ');
        }
    }
    found
}

fn is_path(token: &str) -> bool {
    let named = [".rs", ".toml", ".md"].iter().any(|end| token.ends_with(end));
    (named || token.contains('/')) && !token.contains(char::is_whitespace) && !token.contains("://")
}

/// The identifier that a token names: `tests::name` or `name()`.
fn identifier(token: &str) -> Option<&str> {
    let name = token.strip_suffix("()").or_else(|| token.contains("::").then_some(token))?;
    let name = name.rsplit("::").next()?;
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(inside) && !text[at + word.len()..].starts_with(inside))
}

#[test]
fn the_architecture_names_only_what_exists() {
    let architecture = page("ARCHITECTURE.md");
    let paths: Vec<_> = quoted(&architecture).into_iter().filter(|token| is_path(token)).collect();
    assert!(paths.len() > 20, "{paths:?}");
    let missing: Vec<_> = paths.into_iter().filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:#?}");
}

#[test]
fn what_holds_an_invariant_exists() {
    let architecture = page("ARCHITECTURE.md");
    let sources = sources();
    let lints = page("statused-core/clippy.toml");
    let mut holders = 0;
    let mut missing = Vec::new();
    for paragraph in paragraphs(&architecture) {
        let Some((_, after)) = paragraph.to_lowercase().find("held by").map(|at| paragraph.split_at(at)) else {
            continue;
        };
        for token in quoted(after) {
            holders += 1;
            let Some(name) = identifier(token) else { continue };
            // This file's own words prove nothing.
            let mut others = sources.iter().filter(|(path, _)| !path.ends_with("tests/it/tidy.rs"));
            if !others.any(|(_, text)| has_word(text, name)) && !has_word(&lints, name) {
                missing.push(token.to_owned());
            }
        }
    }
    assert!(holders >= 10, "only {holders} things hold an invariant");
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:#?}");
    let unheld: Vec<_> = paragraphs(&architecture)
        .into_iter()
        .filter(|paragraph| paragraph.contains("**Invariant") && !paragraph.to_lowercase().contains("held by"))
        .collect();
    assert!(unheld.is_empty(), "nothing holds {unheld:#?}");
}

#[test]
fn the_architecture_stays_short() {
    let lines = page("ARCHITECTURE.md").lines().count();
    assert!(lines < 200, "ARCHITECTURE.md has {lines} lines");
}

#[test]
fn the_readme_lists_the_features() {
    let readme = page("README.md");
    let (_, section) = readme.split_once("\n## Features\n").expect("README.md has a section of features");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let rows: Vec<_> = rows.collect();
    let listed: BTreeSet<_> = rows.iter().map(|(name, _)| (*name).to_owned()).collect();
    let manifest: toml::Table = page("Cargo.toml").parse().unwrap();
    let features = manifest["features"].as_table().unwrap();
    let known: BTreeSet<_> = features.keys().filter(|name| *name != "default").cloned().collect();
    assert_eq!(listed, known);
    let on: BTreeSet<_> = features["default"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    for (name, rest) in rows {
        let ticked = rest.split('|').nth(1).is_some_and(|cell| !cell.trim().is_empty());
        assert_eq!(ticked, on.contains(name), "whether {name} is on by default");
    }
}

#[test]
fn no_source_file_is_long() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 500)
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_source_file_says_what_it_is() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! ") && !text.starts_with("#![doc"))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn the_changelog_has_a_place_for_what_is_next() {
    assert!(
        page("CHANGELOG.md").lines().any(|line| line.trim_start_matches(['#', ' ', '[']).starts_with("Unreleased"))
    );
}

#[test]
fn the_page_on_sinks_quotes_the_example() {
    let text = page("docs/writing-a-sink.md");
    let example = page("examples/custom_sink.rs");
    let blocks: Vec<_> =
        text.split("```rust").skip(1).filter_map(|rest| rest.split_once('\n')?.1.split("```").next()).collect();
    assert!(blocks.len() > 2, "{}", blocks.len());
    for block in blocks {
        assert!(example.contains(block.trim()), "not in the example:\n{block}");
    }
}
