//! Whole-system tests: the facade's public API, and the `monitor` example as a process.

mod bodies;
mod commands;
/// The monitor's configuration, for its own tests: a test harness of the example would stand in the way of its binary.
#[path = "../../examples/monitor/config/mod.rs"]
#[expect(dead_code, unused_imports, reason = "what the example does with it is not tested here")]
mod config;
/// The store of the example, for its own tests: a test harness of the example would take the place of its binary.
#[path = "../../examples/custom_store/main.rs"]
#[expect(dead_code, reason = "its report is for people")]
mod custom_store;
mod destinations;
mod google;
mod hosted_bugs;
mod hostile;
mod machines;
mod play;
mod process;
mod pushes;
mod receiver;
mod requests;
mod restarts;
mod routes;
mod strangers;
mod support;
mod tidy;
mod webhooks;
mod whole_path;
