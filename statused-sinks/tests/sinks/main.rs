//! The sinks over real HTTP, and those that speak something else.

#[cfg(feature = "_http")]
mod kit;
mod support;

#[cfg(feature = "claude-routine")]
mod claude_routine;
#[cfg(feature = "discord")]
mod discord;
#[cfg(all(feature = "email", feature = "_http"))]
mod email;
#[cfg(feature = "google-chat")]
mod google_chat;
#[cfg(feature = "_lines")]
mod lines;
#[cfg(feature = "mattermost")]
mod mattermost;
#[cfg(all(feature = "nats", feature = "_http"))]
mod nats;
#[cfg(feature = "slack")]
mod slack;
#[cfg(feature = "slack")]
mod slack_message;
#[cfg(feature = "slack-workflow")]
mod slack_workflow;
#[cfg(feature = "teams")]
mod teams;
#[cfg(feature = "telegram")]
mod telegram;
#[cfg(feature = "webhook")]
mod verify;
#[cfg(feature = "webhook")]
mod webhook;
#[cfg(feature = "webhook")]
mod webhook_request;
