//! Whether keys can be had at all.

use statused_core::source::CheckLine;

use super::Verifier;
use super::keys::NoKey;

/// A key that Google signs with.
const WELL_KNOWN: &str = "20230601._domainkey.google.com";

impl Verifier {
    /// Whether Google's keys can be had: those that are pinned are named, and else the DNS is asked for one that Google
    /// has signed with for years. It waits for the DNS at most 15 seconds.
    pub async fn check(&self) -> CheckLine {
        const WHAT: &str = "keys of Google's signatures";
        let Some(keys) = &self.keys else { return CheckLine::ok(WHAT, "another check of signatures looks for them") };
        let pinned: Vec<_> = keys.pinned().collect();
        match (keys.asks(), pinned.is_empty()) {
            (false, true) => CheckLine::bad(WHAT, "the DNS is not asked, and none is pinned: no mail can be proved"),
            (false, false) => {
                let pinned = pinned.join(", ");
                let hint =
                    format!("pinned: {pinned}. Google changes its keys: mail that is signed with another waits aside");
                CheckLine::warning(WHAT, hint)
            }
            (true, _) => match keys.records(WELL_KNOWN).await {
                Ok(_) => CheckLine::ok(WHAT, format!("the DNS has {WELL_KNOWN}")),
                Err(NoKey::NotFound) => CheckLine::warning(
                    WHAT,
                    format!(
                        "the DNS answers and does not know {WELL_KNOWN}: may this machine ask for names of the internet?"
                    ),
                ),
                Err(NoKey::Unreachable) => CheckLine::bad(
                    WHAT,
                    "the DNS does not answer: mail waits aside until it does, or pin Google's keys",
                ),
            },
        }
    }
}
