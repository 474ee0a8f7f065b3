//! How every destination that is called over HTTP is described.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use statused_core::Sink;
use statused_core::sink::RetryPolicy;

use super::endpoint::Endpoint;
use crate::error::DestinationError;

/// Describes a destination: here stands what all of them have, on each sink's page what is its own.
#[derive(Debug)]
#[must_use]
pub struct Builder<D: Destination> {
    pub(crate) parts: D::Parts,
    http: HttpOptions,
}

/// A sink that is called over HTTP. Only this crate can write one this way; yours implements [`Sink`] itself.
pub trait Destination: Sink + Sized {
    /// What is this sink's own in its description.
    #[doc(hidden)]
    type Parts: fmt::Debug;

    /// Checks the description and makes the sink.
    #[doc(hidden)]
    fn assemble(parts: Self::Parts, http: HttpOptions) -> Result<Self, DestinationError>;
}

/// A sink that knows where its service is.
pub trait FixedHost: Destination {
    /// Where it is, unless said otherwise.
    const BASE_URL: &'static str;
}

/// A sink whose repeat starts work a second time: a run, a build, a session.
pub trait StartsWork: Destination {}

/// What all destinations have in their description.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    pub(super) allow_http: bool,
    pub(super) public_only: bool,
    pub(super) timeout: Duration,
    pub(super) retry: RetryPolicy,
    pub(super) repeat_is_harmless: bool,
    base_url: Option<SecretString>,
}

impl<D: Destination> Builder<D> {
    pub(crate) fn new(parts: D::Parts) -> Self {
        let http = HttpOptions {
            allow_http: false,
            public_only: false,
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            repeat_is_harmless: true,
            base_url: None,
        };
        Self { parts, http }
    }

    /// Allows plain `http` to loopback. Any other host needs `https` all the same.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.http.allow_http = allow;
        self
    }

    /// Refuses every address that is not of the public internet: private, loopback, link-local (the metadata of clouds
    /// among it), shared, multicast and reserved ones, also inside of IPv6 forms. For applications that let strangers
    /// enter addresses; off if not said.
    ///
    /// An address that is written out is refused by [`build`](Self::build). A name is looked up for each connection, and
    /// the connection is made to the very addresses that passed.
    pub fn public_addresses_only(mut self, only: bool) -> Self {
        self.http.public_only = only;
        self
    }

    /// Sets how long one try may take; 30 seconds if not said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// Sets when a failed try is repeated; [`RetryPolicy::five`] if not said.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.http.retry = retry;
        self
    }

    /// Checks the description and makes the sink. Nothing is sent.
    ///
    /// # Errors
    ///
    /// What is wrong with the address or with another part of the description.
    pub fn build(self) -> Result<D, DestinationError> {
        D::assemble(self.parts, self.http)
    }
}

impl<D: FixedHost> Builder<D> {
    /// Sets where the service is, for installations of one's own and for tests; [`FixedHost::BASE_URL`] if not said.
    pub fn base_url(mut self, url: impl Into<SecretString>) -> Self {
        self.http.base_url = Some(url.into());
        self
    }
}

impl<D: StartsWork> Builder<D> {
    /// A description whose ambiguous tries are left to a person.
    pub(crate) fn starting_work(parts: D::Parts) -> Self {
        let mut builder = Self::new(parts);
        builder.http.repeat_is_harmless = false;
        builder
    }

    /// Tries again, too, when a try may have arrived. If not said, such a delivery is left to a person, since a repeat
    /// would start the work a second time.
    pub fn repeat_ambiguous(mut self, repeat: bool) -> Self {
        self.http.repeat_is_harmless = repeat;
        self
    }
}

impl HttpOptions {
    /// The endpoint at an address that the application gives.
    pub(crate) fn endpoint(self, url: &SecretString) -> Result<Endpoint, DestinationError> {
        Endpoint::new(url, &[], &self)
    }

    /// The endpoint below the base address: `default`, unless the application gives another.
    pub(crate) fn endpoint_at(mut self, default: &str, segments: &[&str]) -> Result<Endpoint, DestinationError> {
        let base = self.base_url.take().unwrap_or_else(|| default.into());
        Endpoint::new(&base, segments, &self)
    }
}
