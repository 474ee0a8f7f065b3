//! What became of a mail.

use serde::{Deserialize, Serialize};
use statused_core::monitor::MonitorError;

use super::quarantine::{KeptId, QuarantineError};
use crate::meaning::Unreadable;
use crate::proof::Unproved;

/// What became of a mail. Whatever it is but [`Failed`](Self::Failed) and [`Refused`](Self::Refused) is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipt {
    /// The monitor has what it says.
    Taken {
        /// The app that it is about.
        package: String,
    },
    /// It asks whether Gmail may forward; [`Intake::confirmations`](super::Intake::confirmations) has what became of
    /// that, by this id.
    Asked {
        /// The mail's `Message-ID`.
        id: String,
    },
    /// It was taken before, perhaps by another way.
    Repeated,
    /// It is of no interest.
    Ignored(Ignored),
    /// It is kept aside.
    Quarantined {
        /// By which name.
        id: KeptId,
        /// Why.
        why: Why,
    },
    /// It was not looked at.
    Refused(Refused),
    /// It could be neither taken nor kept: let it be sent again.
    Failed(Failed),
}

impl Receipt {
    /// The usual HTTP status: 200, 202 for what is kept aside, 413, 429 and 503.
    pub fn status(&self) -> u16 {
        match self {
            Self::Taken { .. } | Self::Asked { .. } | Self::Repeated | Self::Ignored(_) => 200,
            Self::Quarantined { .. } => 202,
            Self::Refused(Refused::TooLarge { .. }) => 413,
            Self::Refused(Refused::TooMany) => 429,
            Self::Failed(_) => 503,
        }
    }

    /// Whether nobody need send it again.
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Failed(_) | Self::Refused(Refused::TooMany))
    }
}

/// Why a mail is of no interest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ignored {
    /// It does not even say that it is Play Console's.
    OtherSender,
    /// It says nothing of an app's status.
    NotAboutStatus,
    /// It is about an app that this intake takes nothing for.
    OtherApp {
        /// The app.
        package: String,
    },
}

/// Why a mail was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// It is longer than allowed.
    TooLarge {
        /// How long it is, in bytes.
        length: usize,
    },
    /// More mails than allowed. It may be sent again.
    TooMany,
}

/// Why a mail could be neither taken nor kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failed {
    /// The monitor has failed.
    #[error(transparent)]
    Monitor(#[from] MonitorError),
    /// The quarantine has failed.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
}

/// Why a mail is kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// It is not shown to be Google's.
    #[error("{}", .0.reason)]
    Unproved(Unproved),
    /// It looks like news of an app and cannot be read.
    #[error(transparent)]
    Unreadable(Unreadable),
    /// It is Google's and was sent to none of the intake's addresses.
    #[error("it was sent to none of the intake's addresses")]
    OtherRecipient,
    /// It is about an app without naming its package.
    #[error("it names no package")]
    NoPackage,
    /// It is about an app that the source has not shown yet.
    #[error("the source has not shown the app {package}")]
    UnknownApp {
        /// The app.
        package: String,
    },
}

impl Why {
    /// Whether it is tried again by itself.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unproved(unproved) => unproved.passing,
            Self::UnknownApp { .. } => true,
            Self::Unreadable(_) | Self::OtherRecipient | Self::NoPackage => false,
        }
    }
}
