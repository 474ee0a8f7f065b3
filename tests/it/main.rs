//! Whole-system tests: the facade's public API, and the `monitor` example as a process.

mod bodies;
mod commands;
mod hosted_bugs;
mod process;
mod receiver;
mod requests;
mod restarts;
mod routes;
mod support;
mod tidy;
mod whole_path;
