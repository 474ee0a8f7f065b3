#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use statused_core::*;

/// App Store Connect.
#[cfg(feature = "apple")]
pub mod apple {
    pub use statused_apple::*;
}

/// Google Play.
#[cfg(feature = "google")]
pub mod google {
    pub use statused_google::*;
}

/// Destinations.
#[cfg(any(
    feature = "azure-devops",
    feature = "bitbucket",
    feature = "bitrise",
    feature = "circleci",
    feature = "claude-routine",
    feature = "codemagic",
    feature = "console",
    feature = "discord",
    feature = "email",
    feature = "file",
    feature = "flagsmith",
    feature = "github",
    feature = "gitlab",
    feature = "google-chat",
    feature = "http",
    feature = "jenkins",
    feature = "jira",
    feature = "launchdarkly",
    feature = "mattermost",
    feature = "nats",
    feature = "pagerduty",
    feature = "slack",
    feature = "slack-workflow",
    feature = "teams",
    feature = "telegram",
    feature = "unleash",
    feature = "webhook",
))]
pub mod sinks {
    pub use statused_sinks::*;
}

/// Play Console mail: proof of its origin, its meaning, and how it comes in.
#[cfg(feature = "mail")]
pub mod mail {
    pub use statused_email::*;
}

/// Durable stores.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod stores {
    pub use statused_stores::*;
}
