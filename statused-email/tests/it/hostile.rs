//! Requests that are spoiled in every way: what is posted is refused or taken, and nothing breaks.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use http::{HeaderMap, HeaderValue};
use statused_core::testkit::hostile::withstands;
use statused_email::intake::forms::{Access, Content, Form, Mailgun, Postmark, Raw, Request, SendGrid, SesSns};
use statused_email::web::{Method, Page, Web, WebError};
use tokio::runtime::Builder;
use url::Url;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:play-mail";

/// Nobody is asked for what a stranger names.
#[derive(Debug)]
struct Nobody;

#[async_trait]
impl Web for Nobody {
    async fn ask(&self, _: Method, url: &Url) -> Result<Page, WebError> {
        let host = url.host_str().unwrap_or_default();
        assert!(host.starts_with("sns.") && host.ends_with(".amazonaws.com"), "{url} was asked for");
        Err(WebError::new("nobody is there"))
    }
}

/// Requests of this type, with the login that the forms ask for, spoiled. Returns how many were taken as mail.
fn post(form: &dyn Form, kind: &'static str, samples: &[&[u8]], words: &[&str]) -> usize {
    let mut headers = HeaderMap::new();
    let login = format!("Basic {}", STANDARD.encode("user:hunter2"));
    headers.insert("authorization", login.parse().unwrap());
    headers.insert("content-type", HeaderValue::from_static(kind));
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut taken = 0;
    withstands(samples, words, 3000, |body| {
        let request = Request::new(&headers, body, Utc::now());
        taken += usize::from(matches!(runtime.block_on(form.read(&request)), Ok(Content::Mail(_))));
    });
    taken
}

#[test]
fn forms_with_a_login_survive_any_body() {
    let multipart: &[u8] = b"--xYz\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nFrom: a@google.com\r\n\r\nx\r\n\
        --xYz\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n{\"to\":[\"a@b.c\"],\"from\":\"d@e.f\"}\r\n--xYz--\r\n";
    let words = ["--xYz\r\n", "\r\n\r\n", "Content-Disposition: form-data; name=\"email\"\r\n", "filename*=utf-8''%ff"];
    let sendgrid = SendGrid::new(Access::basic("user", "hunter2"));
    assert!(post(&sendgrid, "multipart/form-data; boundary=xYz", &[multipart], &words) > 300);

    let json: &[u8] = br#"{"RawEmail":"From: a@google.com\r\n\r\nx","OriginalRecipient":"a+b@acme.example","Bcc":[]}"#;
    let postmark = Postmark::new(Access::basic("user", "hunter2"));
    let bomb = "[".repeat(100_000);
    assert!(post(&postmark, "application/json", &[json], &["{", "[", "null", "\\ud800", &bomb]) > 300);
    assert!(post(&Raw::open(), "message/rfc822", &[b"From: a@google.com\r\n\r\nx"], &["\r\n\r\n"]) > 300);
}

#[test]
fn forms_with_a_signature_survive_any_body_and_believe_none() {
    let urlencoded: &[u8] = b"recipient=a%40b.c&sender=x%40y.z&timestamp=1800000000&token=t&signature=00&body-mime=x";
    let mailgun = Mailgun::new("key");
    assert_eq!(post(&mailgun, "application/x-www-form-urlencoded", &[urlencoded], &["%", "&", "=", "%zz"]), 0);

    let notifications: serde_json::Value =
        serde_json::from_str(include_str!("../data/ses/notifications.json")).unwrap();
    let samples: Vec<_> = notifications.as_object().unwrap().values().map(ToString::to_string).collect();
    let samples: Vec<_> = samples.iter().map(String::as_bytes).collect();
    let words = ["{", "\"Type\"", "https://evil.test/a.pem", "\"SigningCertURL\"", "\\u0000", "[", "null"];
    let sns = SesSns::new(TOPIC, Arc::new(Nobody)).unwrap();
    assert_eq!(post(&sns, "text/plain; charset=UTF-8", &samples, &words), 0);
}
