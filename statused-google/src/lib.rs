//! Google Play for Statused.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod client;
mod round;
mod source;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use client::ServiceAccount;
pub use source::{ConfigError, GooglePlay, GooglePlayBuilder};
