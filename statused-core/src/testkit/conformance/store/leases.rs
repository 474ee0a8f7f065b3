//! Names that one holder has at a time.

use futures_util::future::join_all;

use super::*;
use crate::store::Lease;

/// Asks for ten seconds.
async fn ask(store: &impl StateStore, name: &str, holder: &str, now: i64) -> Result<bool, StoreError> {
    store.lease(Lease::new(name, holder, at(now), at(now + 10))).await
}

pub(super) async fn lease_1_a_name_has_one_holder<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    same("the first who asks", ask(&store, "poll", "a", 0).await?, true)?;
    same("another one at once", ask(&store, "poll", "b", 0).await?, false)?;
    let other = second(place).await?;
    let other = other.as_ref().unwrap_or(&store);
    same("another one just before its end", ask(other, "poll", "b", 9).await?, false)
}

pub(super) async fn lease_2_the_holder_may_renew_it<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    same("the first who asks", ask(&store, "poll", "a", 0).await?, true)?;
    same("the same one", ask(&store, "poll", "a", 9).await?, true)?;
    same("another one before the new end", ask(&store, "poll", "b", 18).await?, false)
}

pub(super) async fn lease_3_it_is_free_when_it_ends<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    same("the first who asks", ask(&store, "poll", "a", 0).await?, true)?;
    same("another one at its end", ask(&store, "poll", "b", 10).await?, true)?;
    same("the one before", ask(&store, "poll", "a", 11).await?, false)
}

pub(super) async fn lease_4_names_are_apart<P: Place>(place: &P) -> Checked {
    let store = place.open().await?;
    for (name, holder) in [("poll", "a"), ("poll/1", "b"), ("Poll", "c"), ("", "d")] {
        same(&format!("{name:?}"), ask(&store, name, holder, 0).await?, true)?;
    }
    Ok(())
}

pub(super) async fn lease_5_of_several_at_once_one_gets_it<P: Place>(place: &P) -> Checked {
    let first = place.open().await?;
    let other = second(place).await?;
    let holders: Vec<_> = (0..8).map(|holder| holder.to_string()).collect();
    for round in 0..5 {
        let asked = holders.iter().enumerate().map(|(rival, holder)| {
            let store = other.as_ref().filter(|_| rival % 2 == 1).unwrap_or(&first);
            ask(store, "poll", holder, 10 * round)
        });
        let mut given = 0;
        for result in join_all(asked).await {
            given += usize::from(result?);
        }
        same("holders of one name", given, 1)?;
    }
    Ok(())
}
