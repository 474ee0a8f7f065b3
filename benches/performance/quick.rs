//! A sink that takes everything at once.

use async_trait::async_trait;
use statused::model::Notification;
use statused::sink::SinkProfile;
use statused::{Outcome, Sink};

#[derive(Debug)]
pub(crate) struct Quick;

#[async_trait]
impl Sink for Quick {
    fn profile(&self) -> SinkProfile {
        SinkProfile::default().with_concurrency(64)
    }

    async fn deliver(&self, _: &Notification) -> Outcome {
        Outcome::delivered()
    }
}
