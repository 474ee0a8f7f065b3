//! What can be wrong with a destination before anything is sent.

/// Why a destination cannot be used as it is configured.
///
/// No message contains a secret; of an address it shows scheme and host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DestinationError {
    /// The address cannot be read.
    #[error("the address is not a URL: {reason}")]
    NotAUrl {
        /// What is wrong with it.
        reason: String,
    },
    /// The address is of another scheme than `https` (or `http`).
    #[error("the address must begin with https://")]
    NotHttps,
    /// The address is plain `http` and its host is not this machine, or the application did not allow it.
    #[error(
        "{address} is plain http, which goes to loopback only and only when the application allows it (allow_http)"
    )]
    PlainHttp {
        /// Scheme and host of the address.
        address: String,
    },
    /// The address carries a user or a password.
    #[error("{address} carries a user or a password, which belong into an Authorization header")]
    Credentials {
        /// Scheme and host of the address.
        address: String,
    },
    /// An extra header has a name or a value that HTTP does not allow.
    #[error("header {name:?} has a name or a value that HTTP does not allow")]
    BadHeader {
        /// The header's name.
        name: String,
    },
    /// An extra header has a name that the sink needs for itself.
    #[error("header {name:?} is written by the sink itself")]
    ReservedHeader {
        /// The header's name.
        name: String,
    },
    /// A signing secret cannot be used.
    #[cfg(feature = "webhook")]
    #[error(transparent)]
    Secret(#[from] crate::webhook::SecretError),
    /// The address is written out and not of the public internet, which the application does not allow.
    #[error("{address} is not an address of the public internet")]
    NotPublic {
        /// Scheme and host of the address.
        address: String,
    },
    /// The address leads to something else than this destination, which people mix up.
    #[error("{address} is {what}: {instead}")]
    WrongLink {
        /// Scheme and host of the address.
        address: String,
        /// What it is.
        what: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// A part of the description cannot be used.
    #[error("{part} {problem}")]
    Invalid {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A template asks for what no event carries.
    #[error("a template has the placeholder {name:?}, which is none")]
    UnknownPlaceholder {
        /// The name in the braces.
        name: String,
    },
    /// A body that should be JSON is not.
    #[error("the body is not JSON at line {line}, column {column}; placeholders stand in its strings")]
    BodyNotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The HTTP client cannot be set up, say for want of root certificates.
    #[error("the HTTP client cannot be set up: {reason}")]
    Client {
        /// What is wrong.
        reason: String,
    },
}

impl DestinationError {
    /// A part of the description that cannot be used.
    pub(crate) const fn invalid(part: &'static str, problem: &'static str) -> Self {
        Self::Invalid { part, problem }
    }
}
