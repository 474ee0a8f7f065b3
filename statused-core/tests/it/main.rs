//! The engine and the monitor, through their public API.

mod bench;
mod bugs;
mod fakes;
mod looks;
mod monitor;
mod outbox;
mod polls;
mod simulation;
mod turns;
