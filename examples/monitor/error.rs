//! What can go wrong, and the exit code that says so.

use std::process::ExitCode;

use statused::mail::intake::quarantine::QuarantineError;
use statused::monitor::{BuildError, MonitorError};
use statused::store::StoreError;

use crate::config::ConfigError;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The file is wrong.
    Config(ConfigError),
    /// Something failed while running.
    Runtime(String),
    /// The store did.
    Store(StoreError),
    /// A check or test has found trouble, which has been printed.
    Trouble(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Runtime(_) | Self::Store(_) => 1,
            Self::Config(_) => 2,
            Self::Trouble(_) => 3,
        })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Runtime(text) | Self::Trouble(text) => f.write_str(text),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QuarantineError> for Failure {
    fn from(error: QuarantineError) -> Self {
        Self::Runtime(error.to_string())
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::Runtime(error.to_string())
    }
}

impl From<MonitorError> for Failure {
    fn from(error: MonitorError) -> Self {
        match error {
            MonitorError::Unknown { .. } => Self::Config(ConfigError::plain(error.to_string())),
            other => Self::Runtime(other.to_string()),
        }
    }
}
