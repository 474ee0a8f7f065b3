//! Any header that is said to be a signature.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use statused_sinks::webhook::{Verifier, verify_statused_signature};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new(["a secret that nobody has"]).unwrap());

fuzz_target!(|header: &str| {
    assert!(VERIFIER.verify_parts("id", "0", header, b"body", DateTime::UNIX_EPOCH).is_err());
    assert!(VERIFIER.verify_parts("id", header, "v1,AAAA", b"body", DateTime::UNIX_EPOCH).is_err());
    assert!(verify_statused_signature("a secret that nobody has", b"body", header).is_err());
});
