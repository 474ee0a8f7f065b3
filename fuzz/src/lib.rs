//! What the targets share: a server that answers as the fuzzer says, a monitor that sees it, a time that passes by itself.

mod answers;
mod monitor;

use std::cell::RefCell;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe, Location};
use std::sync::Once;

use chrono::{DateTime, Utc};
use tokio::runtime::{Builder, Runtime};

pub use answers::{Answer, Answers};
pub use monitor::{SOURCE, watch};

/// The time at which everything takes place: 2026-11-03.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_700_000, 0).unwrap()
}

/// Runs a future to its end. Whatever it waits for has come at once.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: RefCell<Runtime> =
            RefCell::new(Builder::new_current_thread().enable_time().start_paused(true).build().unwrap());
    }
    RUNTIME.with_borrow(|runtime| runtime.block_on(future))
}

/// Runs what may survive the panic of a library: such a one is none, unless it comes through.
pub fn forgiving_libraries(run: impl FnOnce()) {
    static FORGIVE: Once = Once::new();
    FORGIVE.call_once(|| {
        let strict = panic::take_hook();
        panic::set_hook(Box::new(move |why| {
            let of_a_library =
                |place: &Location<'_>| ["/registry/src/", "/rustc/"].iter().any(|of| place.file().contains(of));
            if !why.location().is_some_and(of_a_library) {
                // It ends the program.
                strict(why);
            }
        }));
    });
    panic::catch_unwind(AssertUnwindSafe(run)).expect("a library's panic is survived");
}
