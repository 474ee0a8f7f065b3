//! What can go wrong in a store.

use crate::model::AggregateKey;

/// What kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Will pass: busy, unreachable.
    Unavailable,
    /// No room left.
    Full,
    /// Another monitor owns the store.
    Locked,
    /// Not a database of this project, or damaged.
    Corrupt,
    /// Written by a newer version.
    Newer,
    /// The location cannot be used: no such folder, no permission.
    Location,
    /// Anything else.
    Other,
}

/// A store's failure. Never contains a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct StoreError {
    /// What kind of failure.
    pub kind: StoreErrorKind,
    /// What happened, where, and what to do about it.
    pub message: String,
}

impl StoreError {
    /// A failure in words.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// Why a commit did not come back as done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Another monitor was faster. Nothing was written. Names the aggregates that have changed; none, if it is only what the
    /// source remembers.
    #[error("another was faster: {} aggregates, or what the source remembers, have changed in the meantime", .0.len())]
    Conflict(Vec<AggregateKey>),
    /// Nothing was written.
    #[error("nothing was written: {0}")]
    Failed(#[source] StoreError),
    /// It is not known whether it was written.
    #[error("it is not known whether it was written: {0}")]
    Unknown(#[source] StoreError),
}
