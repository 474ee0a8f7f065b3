//! Destinations for Statused.
//!
//! | feature | sink | what it sends |
//! | --- | --- | --- |
//! | `azure-devops` | [`azure_devops::AzureDevOps`] | the event to an incoming webhook of Azure DevOps, signed |
//! | `bitbucket` | [`bitbucket::Bitbucket`] | a pipeline of Bitbucket Cloud |
//! | `bitrise` | [`bitrise::Bitrise`] | a build of Bitrise |
//! | `circleci` | [`circleci::CircleCi`] | a pipeline of CircleCI |
//! | `codemagic` | [`codemagic::Codemagic`] | a build of Codemagic |
//! | `flagsmith` | [`flagsmith::Flagsmith`] | a flag of Flagsmith on or off |
//! | `github` | [`github::GitHub`] | a `repository_dispatch` or `workflow_dispatch` to GitHub Actions |
//! | `gitlab` | [`gitlab::GitLab`] | a pipeline of GitLab, with variables or with the event as a file |
//! | `http` | [`http_request::HttpRequest`] | any request, by a template |
//! | `jenkins` | [`jenkins::Jenkins`] | the event to Jenkins' Generic Webhook Trigger |
//! | `jira` | [`jira::Jira`] | a transition, or a fix version, of the issues that a search finds |
//! | `launchdarkly` | [`launchdarkly::LaunchDarkly`] | a flag of LaunchDarkly on or off |
//! | `pagerduty` | [`pagerduty::PagerDuty`] | an alert of PagerDuty, and its resolution |
//! | `unleash` | [`unleash::Unleash`] | a flag of Unleash on or off |
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
//! * At most 16 KiB of an answer are read, 256 KiB of a document that the sink asked for. What an outcome shows of it
//!   is short, free of control characters and free of the destination's own secrets.
//! * A `Retry-After` on a failure, in seconds or as a date, is passed on, up to 24 hours.
//!
//! * What starts work (a run, a build, a request of yours) is not started a second time by a try that may have arrived,
//!   unless the application says so ([`StartsWork`]).
//! * A wait, be it of hours, is passed on and never slept.
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
//! # A run of CI, a flag, an alert
//!
#![cfg_attr(all(feature = "github", feature = "launchdarkly", feature = "pagerduty"), doc = "```")]
#![cfg_attr(not(all(feature = "github", feature = "launchdarkly", feature = "pagerduty")), doc = "```ignore")]
//! use statused_sinks::github::GitHub;
//! use statused_sinks::launchdarkly::LaunchDarkly;
//! use statused_sinks::pagerduty::PagerDuty;
//!
//! # fn main() -> Result<(), statused_sinks::DestinationError> {
//! let submit = GitHub::workflow_dispatch("acme/app", "github_pat_…", "submit.yml", "main")
//!     .input("version", "{{version}}")
//!     .build()?;
//! let flag = LaunchDarkly::builder("ios", "new-checkout", "production", "api-…")
//!     .off(["In Review"])
//!     .on(["Ready for Sale"])
//!     .build()?;
//! let pager = PagerDuty::builder("R0…").build()?;
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

#[cfg(feature = "azure-devops")]
pub mod azure_devops;
#[cfg(feature = "bitbucket")]
pub mod bitbucket;
#[cfg(feature = "bitrise")]
pub mod bitrise;
#[cfg(feature = "_ci")]
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod ci;
#[cfg(feature = "circleci")]
pub mod circleci;
#[cfg(feature = "claude-routine")]
pub mod claude_routine;
#[cfg(feature = "_event")]
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod cloud_event;
#[cfg(feature = "codemagic")]
pub mod codemagic;
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
#[cfg(feature = "_flags")]
mod flags;
#[cfg(feature = "flagsmith")]
pub mod flagsmith;
#[cfg(all(fuzzing, feature = "_http"))]
pub mod fuzzing;
#[cfg(feature = "github")]
pub mod github;
#[cfg(feature = "gitlab")]
pub mod gitlab;
#[cfg(feature = "google-chat")]
pub mod google_chat;
#[cfg(feature = "_http")]
#[allow(dead_code, unused_imports, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod http;
#[cfg(feature = "http")]
pub mod http_request;
#[cfg(feature = "jenkins")]
pub mod jenkins;
#[cfg(feature = "jira")]
pub mod jira;
#[cfg(feature = "launchdarkly")]
pub mod launchdarkly;
#[cfg(feature = "_lines")]
mod lines;
#[cfg(any(feature = "email", feature = "nats"))]
mod login;
#[cfg(feature = "mattermost")]
pub mod mattermost;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(feature = "pagerduty")]
pub mod pagerduty;
#[cfg(feature = "_redact")]
mod redact;
#[cfg(feature = "slack")]
pub mod slack;
#[cfg(any(feature = "slack", feature = "slack-workflow"))]
mod slack_link;
#[cfg(feature = "slack-workflow")]
pub mod slack_workflow;
#[cfg(feature = "_statuses")]
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod statuses;
#[cfg(feature = "teams")]
pub mod teams;
#[cfg(feature = "telegram")]
pub mod telegram;
#[cfg(feature = "_template")]
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod template;
#[cfg(feature = "_facts")]
#[allow(dead_code, clippy::allow_attributes, reason = "each sink uses a part of it")]
mod text;
#[cfg(feature = "unleash")]
pub mod unleash;
#[cfg(feature = "webhook")]
pub mod webhook;

#[cfg(feature = "_ci")]
pub use ci::{SaidRef, TakesRef, TakesVariables};
#[cfg(feature = "_error")]
pub use error::DestinationError;
#[cfg(feature = "_flags")]
pub use flags::SwitchesFlag;
#[cfg(feature = "_http")]
pub use http::{Builder, Destination, FixedHost, HttpOptions, StartsWork};
#[cfg(feature = "_lines")]
pub use lines::Format;
