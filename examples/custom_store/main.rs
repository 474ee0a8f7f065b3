//! A store of one's own: everything in one JSON file, which is written anew with every change.
//! `docs/writing-a-store.md` explains it step by step.
//!
//! It proves itself: `cargo run --example custom_store` runs the conformance kit on it and shows the report.

mod claims;
mod data;
mod store;

use std::error::Error;

use statused::store::StoreError;
use statused::testkit::conformance::store::{Abilities, Place, check_all, compare};
use tempfile::TempDir;

use store::FileStore;

/// A folder with a file in it, new for each check.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder for the test can be made"))
    }
}

impl Place for Folder {
    type Store = FileStore;

    async fn open(&self) -> Result<FileStore, StoreError> {
        FileStore::open(self.0.path().join("statused.json"))
    }

    /// What was written is there when it is opened anew, and it has one owner at a time.
    fn abilities(&self) -> Abilities {
        Abilities::lasting()
    }

    async fn fingerprint(&self, _: &FileStore) -> Option<Vec<u8>> {
        // A file that is written anew is another file, whatever stands in it.
        let path = self.0.path().join("statused.json");
        let written = std::fs::metadata(&path).and_then(|file| file.modified());
        written.ok().map(|time| format!("{time:?}").into_bytes())
    }
}

/// A file has no secret that could be shown.
const NOT_TRIED: [&str; 1] = ["store.always.3"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let report = check_all(async || Folder::new()).await;
    tell(&report.to_string());
    for seed in 1..5 {
        compare(&Folder::new(), seed).await?;
    }
    if !report.holds() {
        return Err("the store breaks its contract".into());
    }
    // What cannot be tried is counted, so that a check is not lost unnoticed.
    let skipped: Vec<_> = report.skipped().map(|finding| finding.id).collect();
    if skipped == NOT_TRIED { Ok(()) } else { Err(format!("not tried: {skipped:?}").into()) }
}

#[expect(clippy::print_stdout, reason = "this is what the example shows")]
fn tell(line: &str) {
    println!("{line}");
}

/// A test of each promise. (`tests/it` has this file as a module, so that `cargo test` runs them; in your crate, they need
/// no more than this.)
#[cfg(test)]
mod tests {
    statused::store_tests!(super::Folder::new());

    #[tokio::test]
    async fn all_is_tried_but_what_a_file_does_not_have() {
        let report = super::check_all(async || super::Folder::new()).await;
        report.assert();
        assert_eq!(report.skipped().map(|finding| finding.id).collect::<Vec<_>>(), super::NOT_TRIED, "{report}");
    }
}
