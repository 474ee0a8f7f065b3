//! From the driver's errors to the store's. What the server says is passed on without its details, which may quote data.

use std::error::Error as _;
use std::io;

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use statused_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

/// What to do about a pooler that hands one session to several connections.
pub(super) const POOLED: &str =
    "a pooler gives one session to several connections: let it pool by session, or leave it out";

/// Why a session is given up that does not answer at its beginning.
pub(super) const SILENT: &str = "the server does not answer in time";

/// Whether a connection has found another's prepared statements, or not its own.
fn is_pooled(code: &SqlState) -> bool {
    [SqlState::DUPLICATE_PSTATEMENT, SqlState::INVALID_SQL_STATEMENT_NAME].contains(code)
}

/// A failure of the server, or on the way to it, while the store was `doing` something.
pub(super) fn store_error(place: &str, doing: &str, error: &Error) -> StoreError {
    let hint = error.code().filter(|code| is_pooled(code)).map(|_| format!(": {POOLED}")).unwrap_or_default();
    StoreError::new(kind(error), format!("{place}: {doing}: {}{hint}", words(error)))
}

/// A connection could not be opened.
pub(super) fn cannot_connect(place: &str, error: &Error) -> StoreError {
    store_error(place, "cannot connect", error)
}

/// No connection could be had.
pub(super) fn pool_error(place: &str, error: &PoolError) -> StoreError {
    let unavailable = |why: &str| StoreError::new(StoreErrorKind::Unavailable, format!("{place}: {why}"));
    match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            cannot_connect(place, error)
        }
        PoolError::PostCreateHook(HookError::Message(why)) if *why != *SILENT => {
            StoreError::new(StoreErrorKind::Newer, format!("{place}: {why}"))
        }
        PoolError::Timeout(TimeoutType::Wait) => unavailable("all connections are busy for too long"),
        PoolError::Timeout(_) | PoolError::PostCreateHook(HookError::Message(_)) => {
            unavailable(&format!("cannot connect: {SILENT}"))
        }
        PoolError::Closed => closed(place),
        other => unavailable(&format!("cannot connect: {other}")),
    }
}

/// The server has not answered in time.
pub(super) fn timed_out(place: &str, doing: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, format!("{place}: {doing}: {SILENT}"))
}

/// The store has been closed.
pub(super) fn closed(place: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, format!("{place}: the store has been closed"))
}

/// Whether somebody else was in the way, so that the same may succeed when it is done again.
pub(super) fn was_a_race(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        [SqlState::UNIQUE_VIOLATION, SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE]
            .contains(code)
    })
}

/// Whether it lies in what was to be written, and not in the server or on the way to it.
pub(super) fn is_about_data(error: &Error) -> bool {
    let of_the_statement = |severity| !matches!(severity, Some(Severity::Fatal | Severity::Panic));
    error.as_db_error().is_some_and(|error| {
        of_the_statement(error.parsed_severity()) && kind_of(error.code()) == StoreErrorKind::Other
    })
}

fn kind(error: &Error) -> StoreErrorKind {
    match error.code() {
        Some(code) => kind_of(code),
        // It is about the way there: refused, reset, closed, no such host, a certificate.
        None => {
            let wrong = error.source().and_then(|source| source.downcast_ref::<io::Error>());
            match wrong.map(io::Error::kind) {
                Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => StoreErrorKind::Location,
                _ => StoreErrorKind::Unavailable,
            }
        }
    }
}

/// See the server's documentation, appendix A.
fn kind_of(code: &SqlState) -> StoreErrorKind {
    match (code.code().get(..2).unwrap_or_default(), code.code()) {
        (_, "53100") => StoreErrorKind::Full,
        _ if is_pooled(code) => StoreErrorKind::Location,
        (_, "42501" | "3D000" | "3F000") | ("28", _) => StoreErrorKind::Location,
        // A read-only server is one that has just handed over to another.
        (_, "25006" | "25P03" | "55P03" | "57014") | ("08" | "40" | "53" | "57" | "58", _) => {
            StoreErrorKind::Unavailable
        }
        ("XX", _) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Other,
    }
}

fn words(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} (SQLSTATE {})", said.message(), said.code().code()),
        None => match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_kind() {
        for (code, expected) in [
            (SqlState::DISK_FULL, StoreErrorKind::Full),
            (SqlState::INVALID_PASSWORD, StoreErrorKind::Location),
            (SqlState::INVALID_CATALOG_NAME, StoreErrorKind::Location),
            (SqlState::INSUFFICIENT_PRIVILEGE, StoreErrorKind::Location),
            (SqlState::ADMIN_SHUTDOWN, StoreErrorKind::Unavailable),
            (SqlState::QUERY_CANCELED, StoreErrorKind::Unavailable),
            (SqlState::TOO_MANY_CONNECTIONS, StoreErrorKind::Unavailable),
            (SqlState::T_R_DEADLOCK_DETECTED, StoreErrorKind::Unavailable),
            (SqlState::READ_ONLY_SQL_TRANSACTION, StoreErrorKind::Unavailable),
            (SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT, StoreErrorKind::Unavailable),
            (SqlState::DATA_CORRUPTED, StoreErrorKind::Corrupt),
            (SqlState::UNDEFINED_TABLE, StoreErrorKind::Other),
            (SqlState::UNTRANSLATABLE_CHARACTER, StoreErrorKind::Other),
            (SqlState::DUPLICATE_PSTATEMENT, StoreErrorKind::Location),
        ] {
            assert_eq!(kind_of(&code), expected, "{}", code.code());
        }
    }
}
