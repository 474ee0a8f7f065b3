//! What the services have given their customer. Real tokens come from a safe place.

use crate::vendors::Question;

pub(crate) const GITHUB: &str = "github-token";
pub(crate) const LAUNCHDARKLY: &str = "launchdarkly-token";
pub(crate) const JIRA_USER: &str = "bot@acme.example";
pub(crate) const JIRA: &str = "jira-token";
pub(crate) const PAGERDUTY: &str = "routing-key";

/// Whether a request has what its service asks for. A Slack webhook's address is all that it needs.
pub(crate) fn are_in(asked: &Question<'_>) -> bool {
    match asked.place {
        "github" => asked.authorization.strip_prefix("Bearer ") == Some(GITHUB),
        "launchdarkly" => asked.authorization == LAUNCHDARKLY,
        // The base64 of user and token.
        "jira" => asked.authorization == "Basic Ym90QGFjbWUuZXhhbXBsZTpqaXJhLXRva2Vu",
        "pagerduty" => asked.body["routing_key"] == PAGERDUTY,
        _ => true,
    }
}
