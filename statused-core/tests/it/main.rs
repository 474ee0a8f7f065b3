//! The engine and the monitor, through their public API.

mod bench;
mod bugs;
mod fakes;
mod guests;
mod looks;
mod monitor;
mod outbox;
mod planted;
mod polls;
mod simulation;
mod turns;
