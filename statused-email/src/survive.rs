//! The edge to the libraries that read what strangers send.
//!
//! They mean never to panic, and have done so on bytes that a fuzzer found. What one stranger sends must not end the task
//! that reads everybody's mail, so a panic is an answer like another: it cannot be read. Nothing is left half done, since a
//! reader keeps nothing from one mail to the next. What was read is kept aside with this reason, to be looked into.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt as _;

/// What a reader makes of foreign bytes; `None` if it panics.
pub(crate) fn survived<T>(read: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| complain()).ok()
}

/// The same of one that waits.
pub(crate) async fn survived_waiting<T>(read: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(read).catch_unwind().await.map_err(|_| complain()).ok()
}

/// Without the panic's words, which may quote the mail.
fn complain() {
    tracing::error!("a library panicked over what it was given to read: please report it with what was kept aside");
}
