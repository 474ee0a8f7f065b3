//! `health`: what the running monitor says of itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use super::{say, say_json};
use crate::config::{Config, ConfigError, Server};
use crate::error::Failure;

const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the running monitor, and shows what is not well.
pub(crate) async fn health(config: &Config, json: bool) -> Result<(), Failure> {
    let Some(server) = &config.server else {
        let message = "the running monitor can only be asked through its routes: add a [server] with `listen`";
        return Err(ConfigError::plain(message).into());
    };
    let (well, report) = ask(config, server).await?;
    if json {
        say_json(&report)?;
    } else {
        lines(&report).iter().for_each(|line| say(line));
    }
    if well { Ok(()) } else { Err(Failure::Trouble("not all is well".to_owned())) }
}

async fn ask(config: &Config, server: &Server) -> Result<(bool, Value), Failure> {
    let address = reachable(server.listen);
    let failed = |error: reqwest::Error| {
        Failure::Runtime(format!("no monitor answers at {address}: {}; does it run?", error.without_url()))
    };
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().map_err(failed)?;
    let mut request = client.get(format!("http://{address}/health"));
    if let Some(token) = &server.token {
        request = request.bearer_auth(token.value(config.folder())?.expose_secret());
    }
    let response = request.send().await.map_err(failed)?;
    let status = response.status();
    if !matches!(status.as_u16(), 200 | 503) {
        return Err(Failure::Runtime(format!("what answers at {address} says {status}: is it this file's monitor?")));
    }
    Ok((status.is_success(), response.json().await.map_err(failed)?))
}

/// A monitor that listens everywhere is here, too.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn lines(report: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, source) in entries(report, "sources") {
        let seen = time(&source["last_success"]);
        lines.push(match text(source, "error") {
            Some(error) => format!("FAIL source {id}: {error}; last seen {seen}"),
            None => format!("ok   source {id}: last seen {seen}, {} polls", source["polls"]),
        });
        let troubles = source["troubles"].as_array().into_iter().flatten().filter_map(Value::as_str);
        lines.extend(troubles.map(|trouble| format!("warn source {id}: {trouble}")));
    }
    for (id, states) in entries(report, "review_states") {
        for (app, until) in entries(states, "held") {
            let until = time(until);
            lines.push(format!("warn source {id}: {app}: review states are stale, and read again at {until}"));
        }
        for (app, why) in entries(states, "unavailable") {
            let why = why.as_str().unwrap_or_default();
            lines.push(format!("warn source {id}: {app}: no review states, only what is declared: {why}"));
        }
    }
    for (id, mail) in entries(report, "mail") {
        let last = time(&mail["last_mail"]);
        lines.push(format!(
            "ok   mail {id}: since the start {} came, the last one {last}; {} taken, {} ignored, {} kept aside, {} refused",
            mail["received"], mail["taken"], mail["ignored"], mail["quarantined"], mail["refused"]
        ));
        if mail["imap"].is_object() && mail["imap"]["connected"] != true {
            let why = text(&mail["imap"], "last_error").unwrap_or("no connection was made yet");
            lines.push(format!("warn mail {id}: the mailbox is not watched: {why}"));
        }
        for question in mail["confirmations"].as_array().into_iter().flatten() {
            let (from, state) = (text(question, "requested_by"), text(question, "state"));
            let (from, state) = (from.unwrap_or("somebody"), state.unwrap_or_default());
            let mark = if state == "confirmed" { "ok  " } else { "warn" };
            lines.push(format!("{mark} mail {id}: Gmail's question for {from} is {state}"));
        }
    }
    for (id, sink) in entries(report, "sinks") {
        lines.push(match text(sink, "parked") {
            Some(why) => format!("FAIL sink {id}: parked: {why}"),
            None => format!("ok   sink {id}: {} delivered, {} dead", sink["delivered"], sink["dead"]),
        });
    }
    lines.extend(text(report, "store_error").map(|error| format!("FAIL store: {error}")));
    lines
}

fn entries<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value[name].as_object().into_iter().flat_map(Map::iter)
}

/// A time for people, to the second.
fn time(value: &Value) -> String {
    let at = value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    at.map_or("never".to_owned(), |at| at.format("%F %T UTC").to_string())
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str()
}
