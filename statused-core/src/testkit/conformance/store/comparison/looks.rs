//! What is read of both, and what is left after a restart.

use chrono::{DateTime, Utc};

use super::{APPS, Pair, SINKS, STATES, Same};
use crate::StateStore as _;
use crate::model::DeliveryId;
use crate::store::{DeliveryQuery, HistoryQuery};
use crate::testkit::conformance::samples::{app, at};
use crate::testkit::conformance::store::Place;

impl<P: Place> Pair<'_, P> {
    /// Only when no claim is open: a store may forget those, and the plain tables keep them.
    pub(super) async fn reopen(&mut self) -> Same {
        if !self.place.abilities().lasting {
            return Ok(());
        }
        self.now = self.held.iter().map(|held| held.until).fold(self.now, DateTime::max);
        self.held.clear();
        self.trace.push("reopen".to_owned());
        // Handles are closed before another one is opened: there may be but one at a time.
        let closed = self.store.take();
        if let Some(store) = closed {
            self.place.close(store).await;
        }
        self.open().await
    }

    pub(super) async fn compare_some(&mut self) -> Same {
        let of_app = self.random.bool().then(|| self.one_of(&APPS).to_owned());
        let before = self.random.bool().then(|| at(100 * self.random.i64(0..9)));
        let limit = self.random.usize(0..6);
        self.compare_history(of_app, before, limit).await?;
        let mut query = DeliveryQuery::default().with_limit(self.random.usize(0..6));
        query.id = (self.random.u32(0..4) == 0).then(|| DeliveryId(self.random.u64(0..40)));
        query.sink = self.random.bool().then(|| self.one_of(&SINKS).into());
        query.state = self.random.bool().then(|| self.one_of(&STATES));
        self.compare_deliveries(query).await?;
        let after = self.random.bool().then(|| app(self.one_of(&APPS)));
        let limit = self.random.usize(1..4);
        let plain = self.plain.list(after.as_ref(), limit);
        self.same(self.store()?.list(after.as_ref(), limit).await, plain)
    }

    pub(super) async fn compare_all(&mut self) -> Same {
        self.compare_history(None, None, 1000).await?;
        self.compare_deliveries(DeliveryQuery::default().with_limit(1000)).await?;
        let store = self.store()?;
        self.same(store.list(None, 1000).await, self.plain.list(None, 1000))?;
        self.same(store.sink_states().await, self.plain.sink_states())?;
        for name in APPS {
            self.same(store.load(&[app(name)]).await, self.plain.load(&[app(name)]))?;
        }
        let source = "acme".into();
        self.same(store.checkpoint(&source).await, self.plain.checkpoint(&source))
    }

    async fn compare_history(&self, app: Option<String>, before: Option<DateTime<Utc>>, limit: usize) -> Same {
        let query = HistoryQuery { app, before, limit };
        let plain = self.plain.history(&query);
        self.same(self.store()?.history(query).await, plain)
    }

    async fn compare_deliveries(&self, query: DeliveryQuery) -> Same {
        let plain = self.plain.deliveries(&query);
        let asked = DeliveryQuery { id: query.id.map(|id| self.number(id)), ..query };
        self.same_records(self.store()?.deliveries(asked).await, plain)
    }
}
