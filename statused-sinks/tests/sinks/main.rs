//! The sinks over real HTTP.

#[cfg(any(feature = "webhook", feature = "slack"))]
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
