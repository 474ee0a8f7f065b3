#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use statused_core::*;

/// App Store Connect.
#[cfg(feature = "apple")]
pub mod apple {
    pub use statused_apple::*;
}

/// Destinations.
#[cfg(any(feature = "webhook", feature = "slack"))]
pub mod sinks {
    pub use statused_sinks::*;
}

/// Durable stores.
#[cfg(feature = "sqlite")]
pub mod stores {
    pub use statused_stores::*;
}
