//! The links of Slack, which people mix up.

use crate::error::DestinationError;
use crate::http::Address;

/// What a link of Slack leads to, by its first segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlackLink {
    /// An incoming webhook.
    IncomingWebhook,
    /// Something that only people can follow.
    Shortcut,
    /// The webhook trigger of a workflow.
    WorkflowTrigger,
    /// Something else, or an address that is none of Slack's.
    Other,
}

impl SlackLink {
    pub(crate) fn of(address: &Address) -> Self {
        let is_slack = ["slack.com", "slack-gov.com"].iter().any(|domain| {
            address.host().strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        match address.path().split('/').nth(1) {
            Some("shortcuts") if is_slack => Self::Shortcut,
            Some("triggers" | "workflows") if is_slack => Self::WorkflowTrigger,
            Some("services") if is_slack => Self::IncomingWebhook,
            _ => Self::Other,
        }
    }

    /// The error that says what the link is and what to use.
    pub(crate) fn refused(self, address: &Address, instead: &'static str) -> DestinationError {
        let what = match self {
            Self::IncomingWebhook => "the address of a Slack incoming webhook",
            Self::Shortcut => "a link to a Slack shortcut, which only people can follow",
            Self::WorkflowTrigger => "the webhook trigger of a Slack workflow",
            Self::Other => "another address",
        };
        DestinationError::WrongLink { address: address.to_string(), what, instead }
    }
}
