//! Why a request is not read.

/// Why a request is not read. The sender is told a status and nothing else; the words are for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The sender is not whom this form is for: no password, a wrong one, or a signature that does not fit.
    #[error("the sender has not proved who it is: {0}")]
    Unauthorized(&'static str),
    /// The body is not what the provider documents.
    #[error("the body cannot be read: {0}")]
    Unreadable(&'static str),
    /// The provider has taken the mail apart, so that it proves nothing any more.
    #[error("the mail is not there as it was sent: {0}")]
    NotRaw(&'static str),
    /// The body is longer than allowed.
    #[error("the body is longer than allowed")]
    TooLarge,
    /// The intake takes nothing in this form.
    #[error("mail is not taken in this form here")]
    Closed,
    /// What is needed to prove the sender could not be fetched. It may be sent again.
    #[error("what proves the sender could not be fetched: {0}")]
    Unavailable(String),
}

impl Refusal {
    /// The usual HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Unauthorized(_) => 401,
            Self::Unreadable(_) => 400,
            Self::NotRaw(_) => 422,
            Self::TooLarge => 413,
            Self::Closed => 404,
            Self::Unavailable(_) => 503,
        }
    }
}
