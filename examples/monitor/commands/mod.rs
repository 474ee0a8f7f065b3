//! What the commands do.

mod check;
mod health;
mod quarantine;
mod run;
mod show;
mod test;
mod webhooks;

pub(crate) use check::check;
pub(crate) use health::health;
pub(crate) use quarantine::{Quarantine, quarantine};
pub(crate) use run::run;
pub(crate) use show::{deliveries, history, redeliver, status};
pub(crate) use test::{test_sink, test_workflow};
pub(crate) use webhooks::{Webhooks, webhooks};

use serde::Serialize;

use crate::error::Failure;

/// Prints a line for people.
#[expect(clippy::print_stdout, reason = "this is what the command was asked for")]
fn say(line: &str) {
    println!("{line}");
}

/// Prints a value for programs.
fn say_json<T: Serialize + ?Sized>(value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Runtime(error.to_string()))?;
    say(&text);
    Ok(())
}
