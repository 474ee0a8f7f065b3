//! Any text in a letter from Google: it is read, or it is not, but nothing breaks.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use statused_email::testkit::Credulous;
use statused_email::{Reader, Verifier};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::builder().signature_check(Credulous).build());
static READER: LazyLock<Reader> = LazyLock::new(Reader::new);

/// What a mail needs to be looked at; type and body are the fuzzer's.
const HEAD: &[u8] = b"From: no-reply-googleplay-developer@google.com\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n\
    Message-ID: <a@google.com>\r\nSubject: Action Required: Your app is not compliant with Google Play Policies (A)\r\n\
    Content-Type: ";

fuzz_target!(|data: &[u8]| {
    let raw = [HEAD, data].concat();
    let now = DateTime::from_timestamp(1_793_700_000, 0).unwrap();
    let verdict = RUNTIME.block_on(VERIFIER.verify(&raw, now));
    if let Some(proof) = verdict.proof() {
        let _ = READER.read(&proof.open(&raw).unwrap());
    }
});
