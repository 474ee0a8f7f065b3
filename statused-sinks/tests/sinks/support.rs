//! Events as the reference shows them, and servers that behave badly.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use statused_core::model::Notification;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A notification of an event of `kind` that carries `data`.
pub(crate) fn notification(kind: &str, id: &str, time: &str, data: &Value) -> Notification {
    serde_json::from_value(json!({
        "event": {
            "id": id,
            "kind": kind,
            "aggregate": "app:acme-apple/1234567890",
            "subject": "version/1",
            "time": time,
            "data": data,
        },
        "workflow": "ios-production",
    }))
    .unwrap()
}

/// The app event of the reference.
pub(crate) fn app() -> Notification {
    notification("app", "6af15d63-dc69-4088-8adf-cdbb7d204eb4", "2025-01-12T22:12:03.999Z", &app_data())
}

pub(crate) fn app_data() -> Value {
    json!({
        "message": "The status of your app Markdown Email changed to Ready for Sale",
        "version": "1.2.3",
        "status": "Ready for Sale",
        "track": "Production",
        "user_distribution": "30%",
        "store_name": "App Store Connect",
        "status_color": "#1eb6fc",
        "app_name": "Markdown Email",
        "app_icon_url": "https://example.com/app-icon.png",
        "internal_store_url": "https://appstoreconnect.apple.com/...",
        "timestamp": "2025-01-12T22:12:03Z"
    })
}

/// The build event of the reference.
pub(crate) fn build() -> Notification {
    let data = json!({
        "message": "The status of build 1.0 (5) of Markdown Email changed to Valid",
        "version": "1.2.3",
        "status": "Valid",
        "store_name": "App Store Connect",
        "status_color": "#1eb6fc",
        "app_name": "Markdown Email",
        "app_icon_url": "https://example.com/app-icon.png",
        "internal_store_url": "https://appstoreconnect.apple.com/...",
        "timestamp": "2025-01-12T22:15:47Z"
    });
    notification("build", "7bf25e74-ed70-5199-9bee-eeccdd8e295f", "2025-01-12T22:15:47Z", &data)
}

/// The account event of the reference. Its id there is no UUID, so this one is another.
pub(crate) fn account() -> Notification {
    let data = json!({
        "message": "Action Needed: You Have Pending Agreements",
        "status": "Pending Agreement Acceptance",
        "store_name": "App Store Connect",
        "status_color": "#ff6b6b",
        "internal_store_url": "https://appstoreconnect.apple.com/...",
        "timestamp": "2025-01-12T22:20:15Z"
    });
    notification("account", "8c036f85-fe81-6200-acff-ffddeeff9f40", "2025-01-12T22:20:15Z", &data)
}

/// A server that treats every connection as `behave` says.
pub(crate) struct Server {
    /// Where it listens, as `http://127.0.0.1:port`.
    pub(crate) origin: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn start<F>(behave: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = connections.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(behave(stream));
            }
        });
        Self { origin, connections }
    }

    /// Reads the request and answers with these bytes, then closes.
    pub(crate) async fn answering(answer: &'static str) -> Self {
        Self::start(move |mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.ok();
        })
        .await
    }

    /// Answers with this head and then writes chunks for as long as somebody reads them.
    pub(crate) async fn endless(head: &'static str) -> Self {
        Self::start(move |mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(head.as_bytes()).await.ok();
            stream.write_all(b"Transfer-Encoding: chunked\r\n\r\n").await.ok();
            while stream.write_all(b"5\r\nhello\r\n").await.is_ok() {}
        })
        .await
    }

    /// An origin at which nobody listens.
    pub(crate) async fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads a whole request, head and body.
pub(crate) async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.unwrap_or(0);
        request.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&request);
        let length = |head: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            line.parse::<usize>().ok()
        };
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| length(head).unwrap_or(0) == body.len());
        if whole || read == 0 {
            return text.into_owned();
        }
    }
}
