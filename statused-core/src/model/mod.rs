//! The words of the project: apps, subjects, statuses, observations, events and deliveries.

mod app;
mod delivery;
mod event;
mod id;
mod observation;
mod rollout;
mod status;
mod subject;
mod words;

pub use app::{AggregateKey, AppInfo, Store};
pub use delivery::{Attempt, DeliveryRecord, DeliveryState, NewDelivery, Notification};
pub use event::{Account, Event, EventData, EventKind, Transition};
pub use id::{AppId, DeliveryId, SinkId, SourceId, WorkflowId};
pub use observation::{Evidence, Observation, Sighting, Sightings};
pub use rollout::Share;
pub use status::{Status, Tone};
pub use subject::{Details, SubjectKey, SubjectKind};
pub use words::sentence;
