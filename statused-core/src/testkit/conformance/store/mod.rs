//! Whether a store keeps the contract of [`StateStore`].
//!
//! A [`Place`] says where the store under test keeps its data. Each check gets a new one, opens it as often as it needs,
//! and closes it in between, so that what is called durable really is. What a place cannot do (a memory does not last) is
//! skipped, with the reason.
//!
//! [`check_all`] tries everything and reports; [`store_tests!`](crate::store_tests) makes a test of each bullet;
//! [`compare`] plays any sequence of operations to the store and to [`Tables`](crate::store::Tables) alike.

mod always;
mod claims;
mod commits;
mod comparison;
mod contract;
mod leases;
mod lookups;
mod marking;
mod pruning;
mod redelivery;
mod settling;

use std::future::Future;

use super::__private::Check;
use super::check::{Checked, Stop, fail, same, skip};
use super::report::{Report, Verdict};
use super::samples::at;
use crate::StateStore;
use crate::model::{DeliveryId, DeliveryRecord, DeliveryState};
use crate::store::{Claim, ClaimRequest, Claimed, DeliveryQuery, SettlementKind, StoreError};

pub use comparison::compare;

/// Where a store under test keeps its data: a folder, a schema, a bucket. It is empty when it is made.
pub trait Place {
    /// The store.
    type Store: StateStore;

    /// Opens a store on what is there.
    ///
    /// # Errors
    ///
    /// Those of opening the store. Where several handles are not meant to be, that is
    /// [`Locked`](crate::store::StoreErrorKind::Locked) while another one is open.
    fn open(&self) -> impl Future<Output = Result<Self::Store, StoreError>>;

    /// What may be asked of the place.
    fn abilities(&self) -> Abilities;

    /// Ends a handle. Dropping it is enough for most.
    fn close(&self, store: Self::Store) -> impl Future<Output = ()> {
        async { drop(store) }
    }

    /// Something that stays the same as long as nothing is written: the bytes of the files, a count of writes. `None`: it
    /// cannot be told.
    fn fingerprint(&self, _store: &Self::Store) -> impl Future<Output = Option<Vec<u8>>> {
        async { None }
    }

    /// What the store was given and must never show: a password in an address.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What may be asked of a [`Place`]. What is claimed is tried, and so is the contrary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Abilities {
    /// What was written is there when the store is opened anew.
    pub lasting: bool,
    /// Several handles may be open at once, as several machines do it.
    pub shared: bool,
}

impl Abilities {
    /// A memory: every opening is an empty store.
    #[must_use]
    pub const fn none() -> Self {
        Self { lasting: false, shared: false }
    }

    /// A file with one owner: what was written is there when it is opened anew, and a second handle is refused.
    #[must_use]
    pub const fn lasting() -> Self {
        Self { lasting: true, shared: false }
    }

    /// A server: what was written lasts, and several handles may be open at once.
    #[must_use]
    pub const fn shared() -> Self {
        Self { lasting: true, shared: true }
    }
}

/// Tries every promise of a store, each on a place of its own.
///
/// ```
/// use statused_core::MemoryStore;
/// use statused_core::store::StoreError;
/// use statused_core::testkit::conformance::store::{Abilities, Place, check_all};
///
/// struct Memory;
///
/// impl Place for Memory {
///     type Store = MemoryStore;
///     async fn open(&self) -> Result<MemoryStore, StoreError> {
///         Ok(MemoryStore::new())
///     }
///     fn abilities(&self) -> Abilities {
///         Abilities::none()
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let report = check_all(async || Memory).await;
/// println!("{report}");
/// assert!(report.holds());
/// assert_eq!(report.skipped().count(), 5, "what a memory cannot show");
/// # }
/// ```
pub async fn check_all<P: Place>(place: impl AsyncFn() -> P) -> Report {
    super::check::report(table(), place).await
}

#[doc(hidden)]
#[must_use]
pub fn table<P: Place>() -> Vec<Check<P>> {
    crate::__store_contract!(__conformance_table [])
}

/// A place, or the reason why there is none.
///
/// What [`store_tests!`](crate::store_tests) takes. A `Result` is for places that are not everywhere: a server that does
/// not answer.
pub trait Given {
    /// The place.
    type Place: Place;

    /// The place.
    ///
    /// # Errors
    ///
    /// The reason why there is none.
    fn given(self) -> Result<Self::Place, String>;
}

impl<P: Place> Given for P {
    type Place = P;

    fn given(self) -> Result<P, String> {
        Ok(self)
    }
}

impl<P: Place, E: ToString> Given for Result<P, E> {
    type Place = P;

    fn given(self) -> Result<P, String> {
        self.map_err(|error| error.to_string())
    }
}

#[doc(hidden)]
pub async fn test(id: &str, place: impl Given) {
    let check = super::macros::pick(table(), id);
    let finding = match place.given() {
        Ok(place) => check.find(&place).await,
        Err(why) => check.finding(Verdict::Skipped(why)),
    };
    super::macros::conclude(&finding);
}

/// Closes the store and opens it anew.
async fn reopened<P: Place>(place: &P, store: P::Store) -> Result<P::Store, Stop> {
    if !place.abilities().lasting {
        return Err(skip("what is written here does not last"));
    }
    place.close(store).await;
    Ok(place.open().await?)
}

/// A second handle, where there may be one.
async fn second<P: Place>(place: &P) -> Result<Option<P::Store>, Stop> {
    Ok(if place.abilities().shared { Some(place.open().await?) } else { None })
}

const DELIVERED: SettlementKind = SettlementKind::Final(DeliveryState::Delivered);

/// Asks for up to ten deliveries that are due, for a minute.
async fn claimed(store: &impl StateStore, sink: &str, now: i64) -> Result<Claimed, StoreError> {
    store.claim(ClaimRequest::new(sink.into(), at(now), 10, at(now + 60))).await
}

async fn claims(store: &impl StateStore, sink: &str, now: i64) -> Result<Vec<Claim>, StoreError> {
    claimed(store, sink, now).await.map(|claimed| claimed.claims)
}

/// The only delivery that is due.
async fn one_claim(store: &impl StateStore, sink: &str, now: i64) -> Result<Claim, Stop> {
    let mut claims = claims(store, sink, now).await?;
    match (claims.pop(), claims.is_empty()) {
        (Some(claim), true) => Ok(claim),
        (claim, _) => Err(fail(format!("one delivery to {sink} should be given, not {claim:?} and {claims:?}"))),
    }
}

/// The numbers of the events that are claimed.
fn told(claims: &[Claim]) -> Vec<u64> {
    claims.iter().map(|claim| super::samples::number(&claim.notification.event)).collect()
}

/// All deliveries, the oldest first.
async fn records(store: &impl StateStore) -> Result<Vec<DeliveryRecord>, StoreError> {
    let mut records = store.deliveries(DeliveryQuery::default().with_limit(10_000)).await?;
    records.sort_by_key(|record| record.id);
    Ok(records)
}

async fn record(store: &impl StateStore, id: DeliveryId) -> Result<DeliveryRecord, Stop> {
    let found = store.deliveries(DeliveryQuery::default().with_id(id)).await?;
    found.into_iter().next().ok_or_else(|| fail(format!("delivery {id} cannot be looked up")))
}

/// That nobody is given anything.
async fn nothing_is_given(store: &impl StateStore, sink: &str, now: i64, why: &str) -> Checked {
    same(why, told(&claims(store, sink, now).await?), vec![])
}
