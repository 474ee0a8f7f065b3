//! Carries pushes to where they are wanted, over real HTTP.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use tokio::sync::mpsc;

use super::post::Parcel;
use super::state::Shared;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Carries one parcel after the other, so that they arrive in order; a late one does not hold up the others.
pub(super) async fn run(shared: Arc<Shared>, mut parcels: mpsc::UnboundedReceiver<Parcel>) {
    let mut http = None;
    while let Some(parcel) = parcels.recv().await {
        let http = http.get_or_insert_with(|| Client::builder().timeout(PATIENCE).no_proxy().build().ok()).clone();
        let Some(http) = http else {
            shared.lock().post.settle(&parcel, Err("no HTTP client could be made".to_owned()));
            continue;
        };
        match parcel.delay {
            Some(delay) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    carry(&shared, &http, &parcel).await;
                });
            }
            None => carry(&shared, &http, &parcel).await,
        }
    }
}

async fn carry(shared: &Shared, http: &Client, parcel: &Parcel) {
    let request = http
        .post(&parcel.url)
        .header(CONTENT_TYPE, "application/json")
        .header("x-apple-jingle-correlation-key", "PNSCHDQW3MY2AX6VSRFHYYNUL4")
        .header("x-apple-request-uuid", "7b64238e-16db-31a0-5fd5-944a7c61b45f")
        .header("x-apple-signature", &parcel.signature)
        .body(parcel.body.clone());
    let outcome = match request.send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(error.without_url().to_string()),
    };
    shared.lock().post.settle(parcel, outcome);
}
