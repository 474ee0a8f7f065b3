//! Where the store's pushes arrive.

use statused::Monitor;
use statused::apple::webhooks::{self, Webhooks};
use tokio::net::TcpListener;

use crate::release::APP_ID;

/// Serves the route of the pushes. Returns its address.
pub(crate) async fn open(monitor: Monitor, pushes: Webhooks) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/sources/acme/webhook/{APP_ID}", listener.local_addr()?);
    let app = webhooks::router(monitor, move |source| (source == "acme").then(|| pushes.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}
