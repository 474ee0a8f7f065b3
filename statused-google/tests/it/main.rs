//! The source and its client against the fake, over real HTTP.

mod support;

mod check;
mod checkpoint;
mod conformance;
mod errors;
mod fuzz;
mod life;
mod merge;
mod monitor;
mod named;
mod oddities;
mod pace;
mod quota;
mod search;
mod secrets;
mod tracks;
mod unread;
