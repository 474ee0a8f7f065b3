//! One poll: the requests that a round wants, several apps at a time.

use std::sync::PoisonError;

use futures_util::StreamExt as _;
use futures_util::stream;
use statused_core::source::{PollReport, PollRequest, Scope, SourceError};

use super::GooglePlay;
use crate::client::{ApiError, Client};
use crate::round::{Round, Shown};

/// Apps at a time.
const WIDTH: usize = 8;

/// Runs a poll.
pub(super) async fn run(source: &GooglePlay, request: &PollRequest) -> Result<PollReport, SourceError> {
    let client = source.client.counted();
    let search = request.scope == Scope::Full && source.session().wants_search(request.now);
    if search {
        let found = client.search().await;
        source.session().take(found, request.now)?;
    }
    let session = source.session().clone();
    let mut round = Round::new(&source.config, request);
    let packages = round.packages(&session)?;

    let questions = packages.into_iter().map(|package| {
        let (client, edits, icon) = (&client, source.config.edits, round.wants_icon(&package));
        async move {
            let shown = show(client, &package, edits, icon).await;
            (package, shown)
        }
    });
    let mut answers = stream::iter(questions.collect::<Vec<_>>()).buffered(WIDTH);
    while let Some((package, shown)) = answers.next().await {
        round.take_tracks(&package, shown);
        if round.is_stopped() {
            break;
        }
    }
    drop(answers);

    let questions = round.asks().into_iter().map(|(package, track)| {
        let client = &client;
        async move {
            let lifecycle = client.lifecycle(&package, &track).await;
            (package, track, lifecycle)
        }
    });
    let mut answers = stream::iter(questions.collect::<Vec<_>>()).buffered(WIDTH);
    while let Some((package, track, lifecycle)) = answers.next().await {
        round.take_lifecycle(&package, &track, lifecycle);
    }
    drop(answers);

    let (report, states) = round.finish(&session, client.sent())?;
    *source.review_states.lock().unwrap_or_else(PoisonError::into_inner) = states;
    if request.scope == Scope::Full {
        source.session().settle();
    }
    Ok(report)
}

async fn show(client: &Client, package: &str, edits: bool, icon: bool) -> Result<Shown, ApiError> {
    if edits {
        client.view_edit(package, icon).await.map(Shown::Edit)
    } else {
        client.serving_tracks(package).await.map(Shown::Tracks)
    }
}
