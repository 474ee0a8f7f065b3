//! Destinations for Statused.
//!
//! | feature | sink | what it sends |
//! | --- | --- | --- |
//! | `webhook` | [`webhook::Webhook`] | CloudEvents JSON, signed, to any HTTPS address |
//! | `slack` | [`slack::SlackWebhook`] | a coloured message to a Slack incoming webhook |
//! | `slack-workflow` | [`slack_workflow::SlackWorkflow`] | variables to the webhook trigger of a Slack workflow |
//! | `discord` | [`discord::Discord`] | a message with a coloured embed to a Discord webhook |
//! | `teams` | [`teams::Teams`] | an adaptive card to Microsoft Teams, through a workflow |
//! | `mattermost` | [`mattermost::Mattermost`] | a coloured message to a Mattermost incoming webhook |
//! | `google-chat` | [`google_chat::GoogleChat`] | a message with a card to a Google Chat space |
//! | `telegram` | [`telegram::Telegram`] | a message to a Telegram chat, by a bot |
//! | `claude-routine` | [`claude_routine::ClaudeRoutine`] | a text that begins a session of a Claude Code Routine |
//! | `email` | [`email::Email`] | a mail of text and HTML, by SMTP |
//! | `nats` | [`nats::Nats`] | CloudEvents JSON to a NATS JetStream subject |
//! | `console` | [`console::Console`] | lines on the terminal |
//! | `file` | [`file::EventFile`] | lines in a file, for people or as CloudEvents |
//!
//! All of them keep the contract of [`Sink`](statused_core::Sink), and these habits:
//!
//! * Text of strangers (names of apps, reasons, feedback) is escaped for the place where it is shown, calls nobody, and is
//!   shortened to what the place takes.
//! * A try that certainly failed is a failure; one that broke off or timed out after it was sent is
//!   [`Ambiguous`](statused_core::sink::Verdict::Ambiguous), since the destination may have the notification. Where a
//!   repeat starts work a second time, such a delivery is left to a person, unless the application says otherwise.
//! * No log, error, outcome or `Debug` output shows a secret.
//!
//! Those that speak HTTP share their description ([`Builder`]) and more habits:
//!
//! * The address must be `https`; plain `http` goes to loopback only, and only when the application allows it. On demand
//!   ([`public_addresses_only`](Builder::public_addresses_only)) private networks are out of reach.
//! * An address is a secret. `Debug`, errors and outcomes show its scheme and host, never its path or query.
//! * Redirects are not followed, proxies of the environment are not used, and nothing is repeated behind the back of
//!   the monitor's own schedule.
//! * At most 16 KiB of an answer are read. What an outcome shows of it is short, free of control characters and free of
//!   the destination's own secrets.
//! * A `Retry-After` on a failure, in seconds or as a date, is passed on, up to 24 hours.
//!
//! # A webhook
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```ignore")]
//! use statused_core::Sink;
//! use statused_sinks::webhook::Webhook;
//!
//! # fn main() -> Result<(), statused_sinks::DestinationError> {
//! let ci = Webhook::builder("https://ci.example.com/hooks/statused")
//!     .secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
//!     .build()?;
//! assert!(ci.profile().repeat_is_harmless);
//! # Ok(())
//! # }
//! ```
//!
//! # Slack
//!
#![cfg_attr(feature = "slack", doc = "```")]
#![cfg_attr(not(feature = "slack"), doc = "```ignore")]
//! use statused_sinks::slack::SlackWebhook;
//!
//! # fn main() -> Result<(), statused_sinks::DestinationError> {
//! let releases = SlackWebhook::builder("https://hooks.slack.com/services/T000/B000/XXXX").build()?;
//! assert!(!format!("{releases:?}").contains("XXXX"));
//! # Ok(())
//! # }
//! ```
//!
//! # A receiver of webhooks in Rust
//!
#![cfg_attr(feature = "webhook", doc = "```")]
#![cfg_attr(not(feature = "webhook"), doc = "```ignore")]
//! use statused_sinks::webhook::{Received, Verifier};
//!
//! fn on_webhook(headers: &http::HeaderMap, body: &[u8]) -> Result<Received, Box<dyn std::error::Error>> {
//!     let verifier = Verifier::new(["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])?;
//!     verifier.verify(headers, body, chrono::Utc::now())?;
//!     Ok(Received::parse(body)?)
//! }
//! # assert!(on_webhook(&http::HeaderMap::new(), b"{}").is_err());
//! ```

#[cfg(feature = "claude-routine")]
pub mod claude_routine;
#[cfg(feature = "_event")]
mod cloud_event;
#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "discord")]
pub mod discord;
#[cfg(feature = "email")]
pub mod email;
#[cfg(feature = "_error")]
mod error;
#[cfg(feature = "_facts")]
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod facts;
#[cfg(feature = "file")]
pub mod file;
#[cfg(feature = "google-chat")]
pub mod google_chat;
#[cfg(feature = "_http")]
#[allow(dead_code, unused_imports, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod http;
#[cfg(feature = "_lines")]
mod lines;
#[cfg(any(feature = "email", feature = "nats"))]
mod login;
#[cfg(feature = "mattermost")]
pub mod mattermost;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(feature = "_redact")]
mod redact;
#[cfg(feature = "slack")]
pub mod slack;
#[cfg(any(feature = "slack", feature = "slack-workflow"))]
mod slack_link;
#[cfg(feature = "slack-workflow")]
pub mod slack_workflow;
#[cfg(feature = "teams")]
pub mod teams;
#[cfg(feature = "telegram")]
pub mod telegram;
#[cfg(feature = "_facts")]
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod text;
#[cfg(feature = "webhook")]
pub mod webhook;

#[cfg(feature = "_error")]
pub use error::DestinationError;
#[cfg(feature = "_http")]
pub use http::{Builder, Destination, FixedHost, HttpOptions, StartsWork};
#[cfg(feature = "_lines")]
pub use lines::Format;
