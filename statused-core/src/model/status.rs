//! The open set of statuses: codes, labels, colours and their place in a release's life.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::review::Stage;

/// How a status is meant, and the colour that it is shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tone {
    /// Nothing to do: work in preparation.
    Neutral,
    /// On its way, or arrived.
    Good,
    /// Approved and waiting for its release.
    Approved,
    /// Somebody should look.
    Warning,
    /// The account needs its holder.
    Action,
    /// Refused or broken.
    Bad,
}

impl Tone {
    /// The colour as `#rrggbb`.
    pub const fn color(self) -> &'static str {
        match self {
            Self::Neutral => "#8e8e8e",
            Self::Good => "#1eb6fc",
            Self::Approved => "#14ba40",
            Self::Warning => "#f4f124",
            Self::Action => "#ff6b6b",
            Self::Bad => "#e0143d",
        }
    }
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $label:literal, $tone:ident, $rank:literal;)*) => {
        /// A status of a subject.
        ///
        /// The set is open: a state that a store invents tomorrow arrives as [`Status::Other`], with a
        /// readable label, and is treated like any other.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum Status {
            $($(#[$doc])* $name,)*
            /// A state that this version does not know, by the store's own code.
            Other(String),
        }

        impl Status {
            /// The stable code, as it is stored.
            pub fn code(&self) -> &str {
                match self {
                    $(Self::$name => $code,)*
                    Self::Other(code) => code,
                }
            }

            /// The status of a code; an unknown one becomes [`Status::Other`].
            pub fn from_code(code: &str) -> Self {
                match code {
                    $($code => Self::$name,)*
                    other => Self::Other(other.to_owned()),
                }
            }

            /// The label that people read, as the notifications show it.
            pub fn label(&self) -> Cow<'static, str> {
                match self {
                    $(Self::$name => Cow::Borrowed($label),)*
                    Self::Other(code) => Cow::Owned(title_case(code)),
                }
            }

            /// How the status is meant.
            pub fn tone(&self) -> Tone {
                match self {
                    $(Self::$name => Tone::$tone,)*
                    Self::Other(_) => Tone::Neutral,
                }
            }

            /// How far along its life a subject with this status is. `None`: not known, so that no step
            /// from or to it counts as a step backwards.
            pub(crate) fn rank(&self) -> Option<u8> {
                match self {
                    $(Self::$name => Some($rank),)*
                    Self::Other(_) => None,
                }
            }

            /// Every known status.
            pub fn known() -> impl Iterator<Item = Self> {
                [$(Self::$name),*].into_iter()
            }
        }
    };
}

statuses! {
    /// An app version is being prepared.
    PrepareForSubmission = "PREPARE_FOR_SUBMISSION", "Prepare for Submission", Neutral, 0;
    /// All entered, but not submitted yet.
    ReadyForReview = "READY_FOR_REVIEW", "Ready for Review", Neutral, 1;
    /// Waits for an export compliance document.
    WaitingForExportCompliance = "WAITING_FOR_EXPORT_COMPLIANCE", "Waiting for Export Compliance", Warning, 2;
    /// In the review queue.
    WaitingForReview = "WAITING_FOR_REVIEW", "Waiting for Review", Good, 2;
    /// Under review.
    InReview = "IN_REVIEW", "In Review", Good, 3;
    /// The binary is not usable.
    InvalidBinary = "INVALID_BINARY", "Invalid Binary", Bad, 4;
    /// Refused by the store.
    Rejected = "REJECTED", "Rejected", Bad, 4;
    /// Refused for what is written about the app.
    MetadataRejected = "METADATA_REJECTED", "Metadata Rejected", Bad, 4;
    /// Taken back by the developer.
    DeveloperRejected = "DEVELOPER_REJECTED", "Developer Rejected", Bad, 4;
    /// Accepted, while another item of the same submission was not.
    Accepted = "ACCEPTED", "Accepted", Good, 4;
    /// Taken, and a newer one took its place before it came out.
    Superseded = "SUPERSEDED", "Superseded", Neutral, 9;
    /// Approved; agreements are missing.
    PendingContract = "PENDING_CONTRACT", "Pending Agreement", Warning, 5;
    /// Approved; the developer releases it.
    PendingDeveloperRelease = "PENDING_DEVELOPER_RELEASE", "Pending Developer Release", Approved, 5;
    /// Approved; Apple releases it on a date.
    PendingAppleRelease = "PENDING_APPLE_RELEASE", "Pending Apple Release", Approved, 5;
    /// On its way to the store.
    ProcessingForDistribution = "PROCESSING_FOR_DISTRIBUTION", "Processing for Distribution", Approved, 6;
    /// Can be ordered in advance.
    PreOrderReadyForSale = "PREORDER_READY_FOR_SALE", "Pre-Order Ready for Sale", Good, 6;
    /// Live. Apple's newer name for it is Ready for Distribution.
    ReadyForSale = "READY_FOR_SALE", "Ready for Sale", Good, 7;
    /// An asset pack that users get. Of app versions, [`ReadyForSale`](Self::ReadyForSale) says the same.
    ReadyForDistribution = "READY_FOR_DISTRIBUTION", "Ready for Distribution", Good, 7;
    /// Taken out of the store by Apple.
    RemovedFromSale = "REMOVED_FROM_SALE", "Removed from Sale", Bad, 8;
    /// Taken out of the store by the developer.
    DeveloperRemovedFromSale = "DEVELOPER_REMOVED_FROM_SALE", "Developer Removed from Sale", Bad, 8;
    /// A newer version took its place.
    ReplacedWithNewVersion = "REPLACED_WITH_NEW_VERSION", "Replaced with New Version", Neutral, 9;
    /// The store says that no status applies.
    NotApplicable = "NOT_APPLICABLE", "Not Applicable", Neutral, 0;

    /// An upload has been announced and has not come.
    AwaitingUpload = "AWAITING_UPLOAD", "Awaiting Upload", Neutral, 0;
    /// An upload has been taken.
    Complete = "COMPLETE", "Complete", Good, 1;
    /// A build is being processed.
    Processing = "PROCESSING", "Processing", Neutral, 0;
    /// A build may be used.
    Valid = "VALID", "Valid", Good, 1;
    /// A build may not be used.
    Invalid = "INVALID", "Invalid", Bad, 1;
    /// The processing of a build failed.
    Failed = "FAILED", "Failed", Bad, 1;

    /// TestFlight could not process the build.
    ProcessingException = "PROCESSING_EXCEPTION", "Processing Exception", Bad, 1;
    /// TestFlight needs export compliance information.
    MissingExportCompliance = "MISSING_EXPORT_COMPLIANCE", "Missing Compliance", Warning, 1;
    /// The export compliance document is under review.
    InExportComplianceReview = "IN_EXPORT_COMPLIANCE_REVIEW", "In Compliance Review", Neutral, 2;
    /// May be submitted to beta review.
    ReadyForBetaSubmission = "READY_FOR_BETA_SUBMISSION", "Ready to Submit", Neutral, 2;
    /// In the beta review queue.
    WaitingForBetaReview = "WAITING_FOR_BETA_REVIEW", "Waiting for Beta Review", Good, 3;
    /// Under beta review.
    InBetaReview = "IN_BETA_REVIEW", "In Beta Review", Good, 4;
    /// Refused by beta review.
    BetaRejected = "BETA_REJECTED", "Beta Rejected", Bad, 5;
    /// Approved by beta review.
    BetaApproved = "BETA_APPROVED", "Beta Approved", Approved, 5;
    /// May be given to testers.
    ReadyForBetaTesting = "READY_FOR_BETA_TESTING", "Ready to Test", Approved, 6;
    /// An asset pack is on its way to testers.
    ProcessingForTesting = "PROCESSING_FOR_TESTING", "Processing for Testing", Neutral, 5;
    /// An asset pack that testers get.
    ReadyForTesting = "READY_FOR_TESTING", "Ready for Testing", Good, 7;
    /// With external testers.
    InBetaTesting = "IN_BETA_TESTING", "Testing", Good, 7;
    /// Too old to be tested.
    Expired = "EXPIRED", "Expired", Neutral, 8;

    /// A tester's feedback has come.
    Received = "RECEIVED", "Received", Neutral, 0;
    /// A new version of a package for alternative distribution exists.
    VersionCreated = "VERSION_CREATED", "New Version", Neutral, 0;
    /// A package for alternative distribution can be had.
    Available = "AVAILABLE", "Available", Good, 1;
    /// A package for alternative distribution can be had no longer.
    Unavailable = "UNAVAILABLE", "Unavailable", Warning, 1;

    /// A release that the developer still edits.
    Draft = "DRAFT", "Draft", Neutral, 0;
    /// A release that is ready and waits for the developer to send it for review.
    NotSentForReview = "NOT_SENT_FOR_REVIEW", "Not Sent for Review", Warning, 1;
    /// A release for a share of users, as the developer has declared it: it may not even be reviewed.
    InProgress = "IN_PROGRESS", "In Progress", Neutral, 2;
    /// A release for everybody, as the developer has declared it: it may not even be reviewed.
    Completed = "COMPLETED", "Completed", Neutral, 2;
    /// A release has passed review and waits for the developer to publish it.
    Approved = "APPROVED", "Approved", Approved, 5;
    /// A release that everybody gets.
    Live = "LIVE", "Live", Good, 8;
    /// A release to everybody that nobody gets any more.
    Halted = "HALTED", "Halted", Warning, 8;

    /// A phased rollout is configured but has not begun.
    RolloutInactive = "ROLLOUT_INACTIVE", "Phased Rollout Not Started", Neutral, 6;
    /// A phased rollout reaches more users step by step.
    RolloutInProgress = "ROLLOUT_IN_PROGRESS", "Phased Rollout Is In Progress", Good, 7;
    /// A phased rollout stands still.
    RolloutPaused = "ROLLOUT_PAUSED", "Phased Rollout Paused", Warning, 7;
    /// A phased rollout stands still, and who has not got the release does not get it.
    RolloutHalted = "ROLLOUT_HALTED", "Phased Rollout Halted", Warning, 7;
    /// A phased rollout has reached everybody.
    RolloutFinished = "ROLLOUT_FINISHED", "Phased Rollout Finished", Good, 8;

    /// Google has taken the app out of the store.
    Removed = "REMOVED", "Removed", Bad, 0;
    /// Google has suspended the app.
    Suspended = "SUSPENDED", "Suspended", Bad, 0;
    /// Google wants something of the developer, or else.
    ActionRequired = "ACTION_REQUIRED", "Action Required", Action, 0;
    /// The app may be published to production.
    ProductionAccess = "PRODUCTION_ACCESS_GRANTED", "Production Access Granted", Good, 0;

    /// An agreement waits for the account holder.
    PendingAgreement = "PENDING_AGREEMENT", "Pending Agreement Acceptance", Action, 0;
    /// All agreements are in force.
    AgreementAccepted = "AGREEMENT_ACCEPTED", "Agreement Accepted", Good, 0;
}

impl Status {
    /// Whether it says that users can have the release: never believed on the developer's declaration alone.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self, Self::ReadyForSale) || self.is_published()
    }

    /// Whether it says that a release has passed its review and is out, or was.
    pub(crate) fn is_published(&self) -> bool {
        matches!(
            self,
            Self::Live
                | Self::RolloutInProgress
                | Self::RolloutHalted
                | Self::RolloutFinished
                | Self::ReplacedWithNewVersion
        )
    }

    /// Whether a share of users belongs to it. That of a release under review may still change.
    pub(crate) fn has_share(&self) -> bool {
        matches!(
            self,
            Self::RolloutInactive
                | Self::RolloutInProgress
                | Self::RolloutPaused
                | Self::RolloutHalted
                | Self::RolloutFinished
                | Self::InProgress
                | Self::Approved
                | Self::Halted
                | Self::Other(_)
        )
    }

    /// Whether what belongs to the subject (a version's rollout, a build's beta) may have begun already.
    pub(crate) fn may_have_children(&self) -> bool {
        matches!(
            self,
            Self::ReadyForSale
                | Self::PreOrderReadyForSale
                | Self::RemovedFromSale
                | Self::DeveloperRemovedFromSale
                | Self::ReplacedWithNewVersion
                | Self::Valid
                | Self::Invalid
                | Self::Failed
                | Self::Other(_)
        )
    }

    /// Whether it ends a life: a subject that is first seen so has nothing left to tell.
    pub(crate) fn is_past(&self) -> bool {
        matches!(self, Self::ReplacedWithNewVersion | Self::Superseded | Self::Expired)
    }

    /// The stage of a review that it is, if its time is counted.
    pub(crate) fn stage(&self) -> Option<Stage> {
        match self {
            Self::WaitingForReview => Some(Stage::WaitingForReview),
            Self::InReview => Some(Stage::InReview),
            Self::PendingDeveloperRelease | Self::PendingAppleRelease | Self::Approved => {
                Some(Stage::WaitingForRelease)
            }
            _ => None,
        }
    }

    /// The colour that the status is shown in, as `#rrggbb`.
    pub fn color(&self) -> &'static str {
        self.tone().color()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label())
    }
}

impl From<String> for Status {
    fn from(code: String) -> Self {
        Self::from_code(&code)
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.code().to_owned()
    }
}

/// `SOME_NEW_STATE` → `Some New State`.
fn title_case(code: &str) -> String {
    code.split('_')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect()
            })
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_the_unknown_stays_readable() {
        for status in Status::known() {
            assert_eq!(Status::from_code(status.code()), status);
        }
        let new = Status::from_code("WAITING_FOR_THE_MOON");
        assert_eq!(new.label(), "Waiting For The Moon");
        assert_eq!(new.code(), "WAITING_FOR_THE_MOON");
        assert_eq!(serde_json::to_string(&new).unwrap(), "\"WAITING_FOR_THE_MOON\"");
    }

    #[test]
    fn labels_are_unique() {
        let labels: std::collections::BTreeSet<_> = Status::known().map(|s| s.label()).collect();
        assert_eq!(labels.len(), Status::known().count());
    }

    /// The colours that the reference documents show.
    #[test]
    fn colours_of_the_reference() {
        assert_eq!(Status::ReadyForSale.color(), "#1eb6fc");
        assert_eq!(Status::Valid.color(), "#1eb6fc");
        assert_eq!(Status::PendingAgreement.color(), "#ff6b6b");
    }
}
