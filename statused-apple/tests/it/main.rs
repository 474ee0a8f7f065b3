//! The source and its client against the fake, over real HTTP.

mod broken_store;
mod support;

mod agreement;
mod builds;
mod check;
mod checkpoint;
mod client;
mod conformance;
mod errors;
mod fake;
mod hostile;
mod phased;
mod plan;
mod push_to_sink;
mod pushed;
mod receiver;
mod recovery;
mod registration;
mod review;
mod router;
mod secrets;
mod shapes;
mod trust;
mod versions;
