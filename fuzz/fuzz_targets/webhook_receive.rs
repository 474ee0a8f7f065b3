//! Any body of a webhook of ours, and any header that is said to be its signature.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use statused_sinks::webhook::{Received, Verifier, verify_statused_signature};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new(["a secret that nobody has"]).unwrap());

fuzz_target!(|data: &[u8]| {
    if let Ok(received) = Received::parse(data) {
        received.kind();
    }
    let Ok(header) = std::str::from_utf8(data) else { return };
    assert!(VERIFIER.verify_parts("id", "0", header, b"body", DateTime::UNIX_EPOCH).is_err());
    assert!(VERIFIER.verify_parts("id", header, "v1,AAAA", b"body", DateTime::UNIX_EPOCH).is_err());
    assert!(verify_statused_signature("a secret that nobody has", b"body", header).is_err());
});
