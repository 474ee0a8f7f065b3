//! Any body with a signature that fits: it is read, or it is refused, but nothing breaks.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use hmac::{Hmac, KeyInit as _, Mac as _};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;
use statused_apple::webhooks::{Refusal, Webhooks};

const SECRET: &str = "This is my secret";

static WEBHOOKS: LazyLock<Webhooks> = LazyLock::new(|| Webhooks::builder().app("1000", [SECRET]).build().unwrap());

fuzz_target!(|body: &[u8]| {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    match WEBHOOKS.receive("1000", Some(&format!("hmacsha256={digits}")), body) {
        Ok(received) => drop(received.sightings(&"acme".into(), DateTime::UNIX_EPOCH)),
        Err(refusal) => assert_ne!(refusal, Refusal::Signature),
    }
});
