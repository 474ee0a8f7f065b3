//! For tests: a simulator of the whole life of a monitor, and what tests of sources, sinks and stores share.

pub mod conformance;
pub mod hostile;
pub mod sim;
