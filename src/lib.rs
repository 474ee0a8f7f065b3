#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use statused_core::*;

/// App Store Connect.
#[cfg(feature = "apple")]
pub mod apple {
    pub use statused_apple::*;
}

/// Destinations.
#[cfg(any(
    feature = "claude-routine",
    feature = "console",
    feature = "discord",
    feature = "email",
    feature = "file",
    feature = "google-chat",
    feature = "mattermost",
    feature = "nats",
    feature = "slack",
    feature = "slack-workflow",
    feature = "teams",
    feature = "telegram",
    feature = "webhook",
))]
pub mod sinks {
    pub use statused_sinks::*;
}

/// Durable stores.
#[cfg(feature = "sqlite")]
pub mod stores {
    pub use statused_stores::*;
}
