//! Why a webhook could not be registered.

use crate::client::ApiError;

/// Why a webhook could not be registered. Never quotes its address or secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The address is not one that Apple could send to.
    #[error(
        "the webhook's address must be an absolute https URL without user and password; http is taken for a loopback address only"
    )]
    Url,
    /// Without a secret nothing that comes could be verified.
    #[error("the webhook's secret is empty")]
    Secret,
    /// Apple does not register more for one app.
    #[error("app {app} has {most} webhooks already, which is Apple's limit: delete one of them")]
    Full {
        /// The app.
        app: String,
        /// The limit.
        most: usize,
    },
    /// Apple refused, or did not answer.
    #[error(transparent)]
    Api(#[from] ApiError),
}
