//! Durations as people write them: `"250ms"`, `"30s"`, `"15m"`.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

pub(super) fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match humantime::parse_duration(&text) {
        Ok(duration) if !duration.is_zero() => Ok(Some(duration)),
        Ok(_) => Err(D::Error::custom("a duration must be longer than nothing")),
        Err(_) => {
            Err(D::Error::custom(format!("{text:?} is no duration; write it like \"250ms\", \"30s\" or \"15m\"")))
        }
    }
}
