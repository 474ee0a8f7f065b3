//! The sinks over real HTTP.

#[cfg(feature = "_http")]
mod kit;
mod support;

#[cfg(feature = "slack")]
mod slack;
#[cfg(feature = "slack")]
mod slack_message;
#[cfg(feature = "webhook")]
mod verify;
#[cfg(feature = "webhook")]
mod webhook;
#[cfg(feature = "webhook")]
mod webhook_request;
