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
    feature = "azure-devops",
    feature = "bitbucket",
    feature = "bitrise",
    feature = "circleci",
    feature = "codemagic",
    feature = "flagsmith",
    feature = "github",
    feature = "gitlab",
    feature = "http",
    feature = "jenkins",
    feature = "jira",
    feature = "launchdarkly",
    feature = "pagerduty",
    feature = "slack",
    feature = "unleash",
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
