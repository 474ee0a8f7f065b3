//! The kinds of event that Apple pushes, by their two names.

use std::fmt;

macro_rules! event_types {
    ($($(#[$doc:meta])* $name:ident = $api:literal, $wire:literal;)*) => {
        /// What a webhook tells of.
        ///
        /// Apple has two names for each: one where webhooks are registered, and one in what they send.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum EventType {
            $($(#[$doc])* $name,)*
            /// A test. It cannot be subscribed to: every webhook gets it when somebody asks for it.
            Ping,
            /// A type that this version does not know, by Apple's name.
            Unknown(String),
        }

        impl EventType {
            /// Every type that can be subscribed to.
            pub fn known() -> impl Iterator<Item = Self> {
                [$(Self::$name),*].into_iter()
            }

            /// The name under which it is registered (`APP_STORE_VERSION_APP_VERSION_STATE_UPDATED`); a ping has none.
            pub fn api_name(&self) -> &str {
                match self {
                    $(Self::$name => $api,)*
                    Self::Ping => "",
                    Self::Unknown(name) => name,
                }
            }

            /// The type with this registered name.
            pub fn from_api_name(name: &str) -> Self {
                match name {
                    $($api => Self::$name,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }

            /// The `data.type` of what is sent (`appStoreVersionAppVersionStateUpdated`).
            pub fn wire_name(&self) -> &str {
                match self {
                    $(Self::$name => $wire,)*
                    Self::Ping => "webhookPingCreated",
                    Self::Unknown(name) => name,
                }
            }

            /// The type with this `data.type`.
            pub fn from_wire_name(name: &str) -> Self {
                match name {
                    $($wire => Self::$name,)*
                    "webhookPingCreated" | "webhookPings" => Self::Ping,
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }
    };
}

event_types! {
    /// The state of an app version.
    VersionState = "APP_STORE_VERSION_APP_VERSION_STATE_UPDATED", "appStoreVersionAppVersionStateUpdated";
    /// The state of a build upload.
    BuildUploadState = "BUILD_UPLOAD_STATE_UPDATED", "buildUploadStateUpdated";
    /// A build's state for external TestFlight testers.
    ExternalBetaState = "BUILD_BETA_DETAIL_EXTERNAL_BUILD_STATE_UPDATED", "buildBetaDetailExternalBuildStateUpdated";
    /// A tester sent a screenshot.
    ScreenshotFeedback = "BETA_FEEDBACK_SCREENSHOT_SUBMISSION_CREATED", "betaFeedbackScreenshotSubmissionCreated";
    /// A tester sent a crash report.
    CrashFeedback = "BETA_FEEDBACK_CRASH_SUBMISSION_CREATED", "betaFeedbackCrashSubmissionCreated";
    /// The state of a version of an Apple-hosted asset pack.
    AssetVersionState = "BACKGROUND_ASSET_VERSION_STATE_UPDATED", "backgroundAssetVersionStateUpdated";
    /// An asset pack's version can be tested internally.
    AssetInternalBetaRelease =
        "BACKGROUND_ASSET_VERSION_INTERNAL_BETA_RELEASE_CREATED", "backgroundAssetVersionInternalBetaReleaseCreated";
    /// The state of an asset pack's version for external testers.
    AssetExternalBetaState =
        "BACKGROUND_ASSET_VERSION_EXTERNAL_BETA_RELEASE_STATE_UPDATED",
        "backgroundAssetVersionExternalBetaReleaseStateUpdated";
    /// The state of an asset pack's version for the App Store.
    AssetStoreState =
        "BACKGROUND_ASSET_VERSION_APP_STORE_RELEASE_STATE_UPDATED", "backgroundAssetVersionAppStoreReleaseStateUpdated";
    /// A marketplace may distribute a new version of an app.
    DistributionVersion =
        "ALTERNATIVE_DISTRIBUTION_PACKAGE_VERSION_CREATED", "alternativeDistributionPackageVersionCreated";
    /// Whether a marketplace may distribute a version of an app.
    DistributionPackage =
        "ALTERNATIVE_DISTRIBUTION_PACKAGE_AVAILABLE_UPDATED", "alternativeDistributionPackageAvailableUpdated";
    /// Where a marketplace may distribute an app.
    DistributionTerritories =
        "ALTERNATIVE_DISTRIBUTION_TERRITORY_AVAILABILITY_UPDATED", "alternativeDistributionTerritoryAvailabilityUpdated";
}

impl EventType {
    /// The types that concern an app in the App Store and in TestFlight: all but those for alternative marketplaces.
    pub fn of_apps() -> impl Iterator<Item = Self> {
        Self::known().filter(|kind| !kind.is_distribution())
    }

    pub(crate) fn is_distribution(&self) -> bool {
        matches!(self, Self::DistributionVersion | Self::DistributionPackage | Self::DistributionTerritories)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire_name())
    }
}
