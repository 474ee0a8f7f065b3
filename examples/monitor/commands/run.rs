//! `run`

use std::sync::Arc;

use futures_util::future::join_all;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::error::Failure;
use crate::mail::{self, Mail};
use crate::parts::{self, Use};
use crate::{reload, server};

/// Watches and delivers until the process is asked to stop.
pub(crate) async fn run(config: Config) -> Result<(), Failure> {
    let store = parts::store(&config, Use::Own).await?;
    let shared = Arc::new(parts::Shared::new(&config)?);
    let monitor = parts::monitor(&config, Arc::clone(&store), &shared)?;
    let mails = Arc::new(mail::mails(&config, &monitor, &store)?);
    let listening = match &config.server {
        None => None,
        Some(server) => {
            let listener = TcpListener::bind(server.listen)
                .await
                .map_err(|error| Failure::Runtime(format!("cannot listen on {}: {error}", server.listen)))?;
            let token: Option<SecretString> =
                server.token.as_ref().map(|token| token.value(config.folder())).transpose()?;
            let address = listener.local_addr().unwrap_or(server.listen);
            tracing::info!("listening on {address}");
            Some((listener, token))
        }
    };
    tracing::info!(
        sources = config.sources.len(),
        sinks = config.sinks.len(),
        workflows = config.workflows.len(),
        "watching"
    );
    let serve = async {
        match listening {
            Some((listener, token)) => {
                server::serve(listener, monitor.clone(), Arc::clone(&shared), Arc::clone(&mails), token).await
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = monitor.run(asked_to_stop()) => {
            tracing::info!("stopped");
            Ok(())
        }
        failed = serve => Err(Failure::Runtime(format!("the server has failed: {failed:?}"))),
        _ = join_all(mails.values().map(Mail::watch)), if !mails.is_empty() => Ok(()),
        () = reload::watch(&config, &monitor, &shared, &mails) => Ok(()),
    }
}

/// Ctrl-C, or the signal that service managers send.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
