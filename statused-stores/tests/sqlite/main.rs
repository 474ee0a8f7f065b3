//! The SQLite store from outside: files, the contract, crashes, and a comparison with core's plain tables.

#![cfg(feature = "sqlite")]

mod backlog;
#[path = "../common/mod.rs"]
mod common;
mod contract;
mod crash;
mod faults;
mod files;
mod place;
mod shared;
#[path = "../common/skipped.rs"]
mod skipped;
mod upgrade;
