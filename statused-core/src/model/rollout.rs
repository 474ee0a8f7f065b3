//! How far a release has been rolled out.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A share of the users, exact to a millionth, so that it compares without rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u32);

impl Share {
    /// Everybody.
    pub const FULL: Self = Self(1_000_000);

    /// From whole percents; more than 100 is 100.
    pub const fn percent(percent: u32) -> Self {
        if percent >= 100 { Self::FULL } else { Self(percent * 10_000) }
    }

    /// From a fraction of one (Google's `userFraction`); clamped to 0..=1.
    pub fn fraction(fraction: f64) -> Self {
        // Saturating: a fraction that is no number becomes 0.
        Self((fraction.clamp(0.0, 1.0) * 1_000_000.0).round() as u32)
    }
}

impl fmt::Display for Share {
    /// As people write it: `5%`, `0.5%`, `100%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_as_people_write_them() {
        assert_eq!(Share::percent(5).to_string(), "5%");
        assert_eq!(Share::percent(250).to_string(), "100%");
        assert_eq!(Share::fraction(0.005).to_string(), "0.5%");
        assert_eq!(Share::fraction(0.2).to_string(), "20%");
        assert_eq!(Share::fraction(f64::NAN), Share::percent(0));
    }
}
