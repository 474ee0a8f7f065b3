//! Why a push is not taken.

/// Why a push is not taken. The sender is told the status and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No secret of the app has signed the body.
    #[error("no secret of the app has signed the body")]
    Signature,
    /// Nothing is received for this app.
    #[error("nothing is received for this app")]
    UnknownApp,
    /// The body is longer than allowed.
    #[error("the body is longer than allowed")]
    TooLarge,
    /// More requests than allowed, genuine or not.
    #[error("more requests than allowed")]
    TooMany,
    /// The signature is right, but the body is not what Apple documents.
    #[error("the signature is right, but the body cannot be read")]
    Unreadable,
}

impl Refusal {
    /// The HTTP status to answer with.
    pub fn status(self) -> u16 {
        match self {
            Self::Signature => 401,
            Self::UnknownApp => 404,
            Self::TooLarge => 413,
            Self::TooMany => 429,
            Self::Unreadable => 400,
        }
    }
}
