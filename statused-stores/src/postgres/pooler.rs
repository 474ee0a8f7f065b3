//! Finds out whether a pooler hands out the server's sessions by transaction.

use std::collections::BTreeSet;

use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// Whether these two connections do not have a session each. Nothing may be under way on either.
///
/// A pooler by transaction hands out the session that came back last, and then `two` meets that of `one`; or the one that
/// has been back longest, and then the same connection meets another the second time, or `two` that of `one` if there is
/// no other. Two rounds, since the pooler may open another session in one of them. While it serves others, too, what each
/// meets is chance, and eight answers that happen to fit are rare.
pub(super) async fn is_between(one: &Client, two: &Client) -> Result<bool, Error> {
    let mut met = [BTreeSet::new(), BTreeSet::new()];
    for _ in 0..2 {
        for (client, met) in [one, two].into_iter().zip(&mut met) {
            met.insert(session(client).await?);
            met.insert(session(client).await?);
        }
    }
    Ok(met[0] == met[1] || met.iter().any(|sessions| sessions.len() > 1))
}

/// Which of the server's sessions answers. One message, so that the session is free again with the answer: a prepared
/// statement is several, the last when it is dropped.
async fn session(client: &Client) -> Result<Option<String>, Error> {
    let answer = client.simple_query("SELECT pg_backend_pid()").await?;
    Ok(answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
