//! What people should read in the log, once per change.

use std::fmt;

use crate::model::{AggregateKey, DeliveryId, Event, SinkId, SourceId};
use crate::source::SourceError;

/// Something worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A change was announced.
    Announced(Box<Event>),
    /// A source fails now, or fails in another way than before.
    SourceFails(SourceId, SourceError),
    /// A part of a source fails now.
    SourceTroubled(SourceId, SourceError),
    /// A source works again.
    SourceRecovered(SourceId),
    /// The store fails now.
    StoreFails(String),
    /// The store works again.
    StoreRecovered,
    /// A stored aggregate cannot be read; it is left alone.
    AggregateUnreadable(AggregateKey, String),
    /// A sink was parked.
    SinkParked(SinkId, String),
    /// A sink works again.
    SinkRevived(SinkId),
    /// A delivery failed for good.
    DeliveryDead(SinkId, DeliveryId, String),
    /// A delivery may have arrived; a person decides.
    DeliveryUnknown(SinkId, DeliveryId, String),
}

impl Notice {
    /// Whether somebody should look.
    pub fn is_trouble(&self) -> bool {
        !matches!(self, Self::Announced(_) | Self::SourceRecovered(_) | Self::StoreRecovered | Self::SinkRevived(_))
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Announced(event) => write!(f, "announced: {} ({})", event.data.message, event.id),
            Self::SourceFails(source, error) => write!(f, "source {source} fails: {error}"),
            Self::SourceTroubled(source, error) => write!(f, "source {source} is troubled: {error}"),
            Self::SourceRecovered(source) => write!(f, "source {source} works again"),
            Self::StoreFails(error) => write!(f, "the store fails: {error}"),
            Self::StoreRecovered => write!(f, "the store works again"),
            Self::AggregateUnreadable(key, error) => {
                write!(f, "{key} cannot be read and is left alone: {error}")
            }
            Self::SinkParked(sink, why) => {
                write!(f, "sink {sink} is parked until it is tested or something is redelivered: {why}")
            }
            Self::SinkRevived(sink) => write!(f, "sink {sink} works again"),
            Self::DeliveryDead(sink, id, why) => write!(f, "delivery {id} to {sink} has failed for good: {why}"),
            Self::DeliveryUnknown(sink, id, why) => {
                write!(f, "delivery {id} to {sink} may have arrived, redeliver it if it has not: {why}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceErrorKind;

    #[test]
    fn trouble_is_what_somebody_should_look_at_and_says_where() {
        let (source, sink) = (SourceId::from("apple"), SinkId::from("slack"));
        let error = SourceError::new(SourceErrorKind::Transient, "it is down");
        let cases = [
            (Notice::SourceFails(source.clone(), error), true, "source apple fails: it is down"),
            (Notice::SourceRecovered(source), false, "source apple works again"),
            (Notice::StoreFails("disk full".to_owned()), true, "the store fails: disk full"),
            (Notice::StoreRecovered, false, "the store works again"),
            (Notice::SinkRevived(sink), false, "sink slack works again"),
        ];
        for (notice, trouble, words) in cases {
            assert_eq!((notice.is_trouble(), notice.to_string().as_str()), (trouble, words));
        }
    }
}
