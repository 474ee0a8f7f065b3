//! Any bytes at all: they are no mail of Google's, and nothing breaks.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use statused_email::Verifier;
use statused_email::testkit::Postmaster;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let google = Postmaster::google();
    Verifier::builder().pinned_keys(google.keys()).trusted_sealers(["google.com"]).offline().build()
});

fuzz_target!(|data: &[u8]| {
    let now = DateTime::from_timestamp(1_793_700_000, 0).unwrap();
    let verdict = RUNTIME.block_on(VERIFIER.verify(data, now));
    // The key was made a moment ago: whatever it is said to have signed, it has not.
    assert!(verdict.proof().is_none());
});
