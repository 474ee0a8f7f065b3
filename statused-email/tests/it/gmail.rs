//! Gmail's pages behind its confirmation links, over real HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{Method as HttpMethod, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::any;
use statused_email::web::{HttpClient, Method, Page, Web, WebError};
use tokio::net::TcpListener;
use url::Url;

/// What Gmail does with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it is: a redirect, a page with a button, and the end.
    Proper,
    /// The page still asks after the button was pressed.
    StillAsks,
    /// Leads elsewhere.
    LeadsTo(String),
    /// The button leads elsewhere.
    PostsTo(String),
    /// Fails so often, and is proper then.
    Fails(u32),
    Answers(u16),
}

#[derive(Debug)]
struct Inside {
    manner: Manner,
    activated: BTreeSet<String>,
    asked: Vec<(HttpMethod, String)>,
}

/// Gmail: it knows which links were confirmed really.
#[derive(Clone, Debug)]
pub(crate) struct Gmail {
    inside: Arc<Mutex<Inside>>,
    address: String,
    client: HttpClient,
}

const FORM: &str =
    r#"<html><p>Bitte bestätigen</p><form action="" method="post"><input type="submit" value="Ja"></form>"#;

impl Gmail {
    pub(crate) async fn start(manner: Manner) -> Self {
        let inside = Inside { manner, activated: BTreeSet::new(), asked: Vec::new() };
        let inside = Arc::new(Mutex::new(inside));
        let router = Router::new().route("/{host}/mail/{link}", any(answer)).with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { inside, address, client: HttpClient::with_client(client) }
    }

    pub(crate) fn becomes(&self, manner: Manner) {
        self.inside.lock().unwrap().manner = manner;
    }

    /// The links whose forwarding is active.
    pub(crate) fn activated(&self) -> usize {
        self.inside.lock().unwrap().activated.len()
    }

    /// Requests by method.
    pub(crate) fn asked(&self) -> BTreeMap<String, usize> {
        let mut asked = BTreeMap::new();
        for (method, _) in &self.inside.lock().unwrap().asked {
            *asked.entry(method.to_string()).or_default() += 1;
        }
        asked
    }
}

async fn answer(
    State(inside): State<Arc<Mutex<Inside>>>,
    Path((host, link)): Path<(String, String)>,
    method: HttpMethod,
) -> Response {
    let mut inside = inside.lock().unwrap();
    inside.asked.push((method.clone(), format!("{host}/{link}")));
    let manner = inside.manner.clone();
    if let Manner::Fails(times) = manner {
        inside.manner = if times > 1 { Manner::Fails(times - 1) } else { Manner::Proper };
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if let Manner::Answers(status) = manner {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    if let Manner::LeadsTo(elsewhere) = manner {
        return (StatusCode::FOUND, [(header::LOCATION, elsewhere)]).into_response();
    }
    if host == "mail-settings.google.com" {
        let location = format!("https://mail.google.com/mail/{}?hl=de", link.replace('[', "%5B").replace(']', "%5D"));
        return (StatusCode::FOUND, [(header::LOCATION, location)]).into_response();
    }
    if inside.activated.contains(&link) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match (method, manner) {
        (HttpMethod::POST, Manner::Proper) => {
            inside.activated.insert(link);
            Html("<html>Erfolgreich bestätigt.").into_response()
        }
        (_, Manner::PostsTo(elsewhere)) => {
            Html(FORM.replace(r#"action="""#, &format!(r#"action="{elsewhere}""#))).into_response()
        }
        _ => Html(FORM).into_response(),
    }
}

/// Reaches the fake under Google's names, and nobody else.
#[async_trait]
impl Web for Gmail {
    async fn ask(&self, method: Method, url: &Url) -> Result<Page, WebError> {
        let host = url.host_str().unwrap_or_default();
        assert!(host.ends_with(".google.com"), "it must never open {url}");
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mapped = format!("{}/{host}{}{query}", self.address, url.path());
        self.client.ask(method, &mapped.parse().unwrap()).await
    }
}
