//! What all sinks that speak HTTP share.

mod address;
mod endpoint;
mod redact;
mod retry_after;

pub(crate) use address::Address;
#[cfg(feature = "slack")]
pub(crate) use endpoint::Answer;
pub(crate) use endpoint::Endpoint;
