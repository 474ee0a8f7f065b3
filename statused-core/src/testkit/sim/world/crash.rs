//! A crash at a place that somebody has named.

use std::fmt;
use std::str::FromStr;

use super::World;

/// Where a process dies, seen from something that it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moment {
    /// It has no effect.
    Before,
    /// It has its effect, and the process has heard of it.
    After,
    /// It has its effect, and the process has not heard of it.
    Unacknowledged,
}

impl Moment {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Before, Self::After, Self::Unacknowledged];

    const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Unacknowledged => "unacknowledged",
        }
    }

    /// Another one.
    pub(in crate::testkit::sim) const fn next(self) -> Self {
        match self {
            Self::Before => Self::After,
            Self::After => Self::Unacknowledged,
            Self::Unacknowledged => Self::Before,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Moment {
    type Err = String;

    /// Reads what `Display` writes.
    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|moment| moment.name() == name);
        known.ok_or_else(|| format!("{name} is none of before, after, unacknowledged"))
    }
}

impl World {
    /// Whether the plan wants a crash here.
    pub(super) fn strikes(&mut self, moment: Moment) -> bool {
        let strikes = self.plan.first() == Some(&(self.effects, moment));
        if strikes {
            self.plan.remove(0);
            self.effects += 1;
        }
        strikes
    }
}
