//! What all sinks that speak HTTP share.
//!
//! # How to write one
//!
//! A sink is a struct with an [`Endpoint`] in it, a description, a message and a table of answers:
//!
//! ```ignore
//! /// Posts to Pigeon. (The module says what is sent, and what is made of each answer.)
//! #[derive(Debug)]
//! pub struct Pigeon {
//!     endpoint: Endpoint,
//!     coop: String,
//! }
//!
//! /// Describes a [`Pigeon`].
//! pub type PigeonBuilder = Builder<Pigeon>;
//!
//! #[doc(hidden)]
//! #[derive(Debug)]
//! pub struct Parts { token: SecretString, coop: String }
//!
//! const ANSWERS: Answers = Answers::dead_on(&[401, 403, 404]);
//!
//! impl Pigeon {
//!     /// Begins to describe it.
//!     pub fn builder(token: impl Into<SecretString>, coop: impl Into<String>) -> PigeonBuilder {
//!         Builder::new(Parts { token: token.into(), coop: coop.into() })
//!     }
//! }
//!
//! impl Destination for Pigeon {
//!     type Parts = Parts;
//!
//!     fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
//!         let endpoint = http.endpoint_at(Self::BASE_URL, &["v1", "messages"])?.bearer(&parts.token)?;
//!         Ok(Self { endpoint, coop: parts.coop })
//!     }
//! }
//!
//! impl FixedHost for Pigeon {                    // gives the builder `base_url`
//!     const BASE_URL: &'static str = "https://api.pigeon.example";
//! }
//!
//! impl StartsWork for Pigeon {}                  // only if a repeat does harm; gives it `repeat_ambiguous`
//!
//! #[async_trait]
//! impl Sink for Pigeon {
//!     fn profile(&self) -> SinkProfile {
//!         self.endpoint.profile().with_rate(Rate::new(1, Duration::from_secs(1)))
//!     }
//!
//!     async fn deliver(&self, notification: &Notification) -> Outcome {
//!         let request = Request::post().json(&message(&self.coop, &notification.event));
//!         self.endpoint.deliver(request, &ANSWERS).await
//!     }
//! }
//! ```
//!
//! * What belongs to one sink only is a method of `impl Builder<Pigeon>`; it changes `self.parts`.
//! * An address that is itself the secret is given to [`HttpOptions::endpoint`]. Every other secret goes through
//!   [`Endpoint::bearer`], [`Endpoint::secret_header`] or [`Endpoint::keeping`], so that no outcome shows it. `Debug` may
//!   then be derived: an [`Endpoint`] shows scheme and host, a `SecretString` nothing.
//! * Text is written by [`text`](crate::text), each place with its own escape and limit; [`Facts`](crate::facts::Facts)
//!   says what there is to show of an event.
//! * A sink that has to look at an answer, or to make several requests, uses [`Endpoint::call`] with one
//!   [`Endpoint::deadline`] for all of them, and [`Answers::judge`] or the `into_…` of [`Answer`] at the end. A request
//!   that has changed nothing is no doubt: of its failure, [`Answer`] or not, it makes a retry.
//! * Its tests describe it in a `kit::Case` and call `kit::conforms`, which tries everything that this base promises. They
//!   add what is its own: each request compared whole with a fixture, and `kit::judges` with a row for every answer that
//!   the vendor documents.
//! * It is named where the others are: a feature here and in the facade (and in its `full`, and in the list above its
//!   `sinks`), a line in this crate's `lib.rs` and in its front page, a row in the README.

mod address;
mod answer;
mod builder;
mod endpoint;
mod guard;
mod request;
pub(crate) mod wait;

pub(crate) use address::Address;
pub(crate) use answer::{Answer, Answers, CLIENT_ERRORS};
pub use builder::{Builder, Destination, FixedHost, HttpOptions, StartsWork};
pub(crate) use endpoint::{Endpoint, filled};
pub(crate) use request::{Request, is_framing};
