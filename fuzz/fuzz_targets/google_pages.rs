//! Any answer of Google's APIs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use statused_google::client::{AppFound, Lifecycle, TrackList};

fuzz_target!(|page: &[u8]| {
    let _ = serde_json::from_slice::<TrackList>(page);
    let _ = serde_json::from_slice::<Lifecycle>(page);
    let _ = serde_json::from_slice::<AppFound>(page);
});
