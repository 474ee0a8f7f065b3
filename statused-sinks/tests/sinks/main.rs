//! The sinks over real HTTP, and those that speak something else.

#[cfg(feature = "azure-devops")]
mod azure_devops;
#[cfg(feature = "bitbucket")]
mod bitbucket;
#[cfg(feature = "bitrise")]
mod bitrise;
#[cfg(any(feature = "_ci", feature = "http"))]
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod ci;
#[cfg(feature = "circleci")]
mod circleci;
#[cfg(feature = "claude-routine")]
mod claude_routine;
#[cfg(feature = "codemagic")]
mod codemagic;
#[cfg(feature = "discord")]
mod discord;
#[cfg(all(feature = "email", feature = "_http"))]
mod email;
#[cfg(all(feature = "flagsmith", feature = "launchdarkly", feature = "unleash"))]
mod flags;
#[cfg(feature = "github")]
mod github;
#[cfg(feature = "gitlab")]
mod gitlab;
#[cfg(feature = "google-chat")]
mod google_chat;
#[cfg(feature = "http")]
mod http_request;
#[cfg(feature = "jenkins")]
mod jenkins;
#[cfg(feature = "jira")]
mod jira;
#[cfg(feature = "_http")]
#[allow(dead_code, unused_imports, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod kit;
#[cfg(feature = "_lines")]
mod lines;
#[cfg(feature = "mattermost")]
mod mattermost;
#[cfg(all(feature = "nats", feature = "_http"))]
mod nats;
#[cfg(all(feature = "email", feature = "nats", feature = "_http", feature = "_lines"))]
mod others;
#[cfg(feature = "pagerduty")]
mod pagerduty;
#[cfg(feature = "slack")]
mod slack;
#[cfg(feature = "slack")]
mod slack_message;
#[cfg(feature = "slack-workflow")]
mod slack_workflow;
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod support;
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
