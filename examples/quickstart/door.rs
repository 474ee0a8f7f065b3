//! Where the stores' pushes and mails arrive.

use statused::Monitor;
use statused::apple::webhooks::{self, Webhooks};
use statused::mail::intake::{self, Reception};
use tokio::net::TcpListener;

use crate::app_store::APP_ID;
use crate::{APPLE, GOOGLE};

/// The addresses of the routes.
pub(crate) struct Door {
    pub(crate) pushes: String,
    pub(crate) mail: String,
}

impl Door {
    pub(crate) async fn open(monitor: Monitor, pushes: Webhooks, mail: Reception) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}/sources", listener.local_addr()?);
        let app = webhooks::router(monitor, move |source| (source == APPLE).then(|| pushes.clone()))
            .merge(intake::router(move |source| (source == GOOGLE).then(|| mail.clone())));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { pushes: format!("{base}/{APPLE}/webhook/{APP_ID}"), mail: format!("{base}/{GOOGLE}/mail") })
    }
}
