//! The endpoints that the fake has.

macro_rules! endpoints {
    ($($(#[$doc:meta])* $name:ident = [$($part:tt),*];)*) => {
        /// The endpoints that the fake has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Endpoint {
            $($(#[$doc])* $name,)*
            /// Anything else; it is answered with 404.
            Other,
        }

        impl Endpoint {
            pub(super) fn of(path: &str) -> Self {
                let parts: Vec<_> = path.split('/').skip(1).collect();
                match parts.as_slice() {
                    $(["v1", $($part),*] => Self::$name,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

endpoints! {
    /// `GET /v1/apps`
    Apps = ["apps"];
    /// `GET /v1/apps/{id}/appStoreVersions`
    AppVersions = ["apps", _, "appStoreVersions"];
    /// `GET /v1/apps/{id}/webhooks`
    AppWebhooks = ["apps", _, "webhooks"];
    /// `GET /v1/appStoreVersions/{id}`
    Version = ["appStoreVersions", _];
    /// `GET /v1/builds`
    Builds = ["builds"];
    /// `GET /v1/buildBetaDetails`
    BetaDetails = ["buildBetaDetails"];
    /// `GET /v1/buildBetaDetails/{id}`
    BetaDetail = ["buildBetaDetails", _];
    /// `GET /v1/buildUploads/{id}`
    BuildUpload = ["buildUploads", _];
    /// `GET /v1/reviewSubmissions`
    Reviews = ["reviewSubmissions"];
    /// `GET /v1/betaFeedbackCrashSubmissions/{id}`
    CrashFeedback = ["betaFeedbackCrashSubmissions", _];
    /// `GET /v1/betaFeedbackScreenshotSubmissions/{id}`
    ScreenshotFeedback = ["betaFeedbackScreenshotSubmissions", _];
    /// `GET /v1/backgroundAssetVersions/{id}`
    AssetVersion = ["backgroundAssetVersions", _];
    /// `GET /v1/backgroundAssetVersionInternalBetaReleases/{id}`
    AssetInternalRelease = ["backgroundAssetVersionInternalBetaReleases", _];
    /// `GET /v1/backgroundAssetVersionExternalBetaReleases/{id}`
    AssetExternalRelease = ["backgroundAssetVersionExternalBetaReleases", _];
    /// `GET /v1/backgroundAssetVersionAppStoreReleases/{id}`
    AssetStoreRelease = ["backgroundAssetVersionAppStoreReleases", _];
    /// `POST /v1/webhooks`
    Webhooks = ["webhooks"];
    /// `PATCH` and `DELETE /v1/webhooks/{id}`, and `GET`
    Webhook = ["webhooks", _];
    /// `GET /v1/webhooks/{id}/deliveries`
    Deliveries = ["webhooks", _, "deliveries"];
    /// `POST /v1/webhookPings`
    WebhookPings = ["webhookPings"];
    /// `POST /v1/webhookDeliveries`
    Redeliveries = ["webhookDeliveries"];
}

impl Endpoint {
    /// Whether it answers with a list.
    pub(super) fn is_list(self) -> bool {
        matches!(
            self,
            Self::Apps
                | Self::AppVersions
                | Self::AppWebhooks
                | Self::Builds
                | Self::BetaDetails
                | Self::Reviews
                | Self::Deliveries
        )
    }

    /// Whether a key needs more than the Developer role for it.
    pub(super) fn is_for_managers(self) -> bool {
        matches!(
            self,
            Self::AppWebhooks
                | Self::Webhooks
                | Self::Webhook
                | Self::Deliveries
                | Self::WebhookPings
                | Self::Redeliveries
        )
    }

    /// Whether it takes this method.
    pub(super) fn takes(self, method: &str) -> bool {
        match self {
            Self::Webhooks | Self::WebhookPings | Self::Redeliveries => method == "POST",
            Self::Webhook => matches!(method, "GET" | "PATCH" | "DELETE"),
            _ => method == "GET",
        }
    }
}
