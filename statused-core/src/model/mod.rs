//! The words of the project: apps, subjects, statuses, observations, events and deliveries.

mod app;
mod delivery;
mod event;
mod id;
mod letter;
mod observation;
mod problem;
mod review;
mod rollout;
mod status;
mod subject;
mod words;

pub use app::{AggregateKey, AppInfo, Store};
pub use delivery::{Attempt, DeliveryRecord, DeliveryState, NewDelivery, Notification};
pub use event::{Account, Event, EventData, EventKind, Transition};
pub use id::{AppId, DeliveryId, SinkId, SourceId, WorkflowId};
pub use letter::{Letter, LetterKind};
pub use observation::{Evidence, Need, Observation, Passed, Sighting, Sightings};
pub use problem::{Feedback, FeedbackKind, Problem};
pub(crate) use review::Stage;
pub use review::TimeInReview;
pub use rollout::Share;
pub use status::{Status, Tone};
pub use subject::{Details, SubjectKey, SubjectKind};
pub use words::sentence;
