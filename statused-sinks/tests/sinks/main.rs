//! The sinks over real HTTP.

#[cfg(feature = "_http")]
#[allow(dead_code, unused_imports, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod kit;
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod support;

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
#[cfg(feature = "codemagic")]
mod codemagic;
#[cfg(all(feature = "flagsmith", feature = "launchdarkly", feature = "unleash"))]
mod flags;
#[cfg(feature = "github")]
mod github;
#[cfg(feature = "gitlab")]
mod gitlab;
#[cfg(feature = "http")]
mod http_request;
#[cfg(feature = "jenkins")]
mod jenkins;
#[cfg(feature = "jira")]
mod jira;
#[cfg(feature = "pagerduty")]
mod pagerduty;
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
