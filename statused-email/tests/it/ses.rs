//! Amazon SES through SNS. What is signed was signed by `openssl`; see `tests/data/ses`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::Utc;
use http::HeaderMap;
use serde_json::Value;
use statused_email::intake::forms::{Content, Form, Refusal, Request, SesSns};
use statused_email::web::{Method, Page, Web, WebError};
use url::Url;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:play-mail";
const CERTIFICATE: &str = include_str!("../data/ses/certificate.pem");

/// Amazon, or somebody else, as it answers; and what it was asked.
#[derive(Debug, Default)]
struct Amazon {
    asked: Mutex<Vec<String>>,
    down: Mutex<bool>,
}

#[async_trait]
impl Web for Amazon {
    async fn ask(&self, method: Method, url: &Url) -> Result<Page, WebError> {
        assert_eq!(method, Method::Get);
        self.asked.lock().unwrap().push(url.to_string());
        if *self.down.lock().unwrap() {
            return Err(WebError::new("connection refused"));
        }
        Ok(Page::new(200, if url.path().ends_with(".pem") { CERTIFICATE } else { "<Confirmed/>" }))
    }
}

impl Amazon {
    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn form() -> (SesSns, Arc<Amazon>) {
    let amazon = Arc::<Amazon>::default();
    (SesSns::new(TOPIC, Arc::<Amazon>::clone(&amazon)).unwrap(), amazon)
}

fn notification(name: &str) -> Value {
    let all: BTreeMap<String, Value> = serde_json::from_str(include_str!("../data/ses/notifications.json")).unwrap();
    all[name].clone()
}

async fn read(form: &SesSns, notification: &Value) -> Result<Content, Refusal> {
    let headers = HeaderMap::new();
    form.read(&Request::new(&headers, notification.to_string().as_bytes(), Utc::now())).await
}

async fn mail(form: &SesSns, name: &str) -> Vec<u8> {
    let Ok(Content::Mail(mail)) = read(form, &notification(name)).await else { panic!("{name}") };
    assert_eq!(mail.envelope.recipients, ["play@acme.example"]);
    assert_eq!(mail.envelope.sender.as_deref(), Some("developer+caf_=play=acme.example@gmail.com"));
    mail.bytes
}

#[tokio::test]
async fn both_signatures_and_both_encodings_are_read_and_the_certificate_is_fetched_once() {
    let (form, amazon) = form();
    assert_eq!(mail(&form, "base64_v1").await, b"From: a@google.com\r\nSubject: 8-bit \xe9\r\n\r\nbody\r\n");
    assert_eq!(mail(&form, "utf8_v2").await, "From: a@google.com\r\nSubject: é\r\n\r\nbody\r\n".as_bytes());
    assert_eq!(amazon.asked(), 1);
    let refusal = read(&form, &notification("without_content")).await.unwrap_err();
    assert!(matches!(refusal, Refusal::NotRaw(hint) if hint.contains("SNS action")), "{refusal}");
    assert_eq!(read(&form, &notification("greeting")).await, Ok(Content::Handled));
}

#[tokio::test]
async fn what_is_not_signed_by_amazon_for_this_topic_is_not_read() {
    let (form, amazon) = form();
    for (name, asks) in [("another_topic", 0), ("elsewhere", 0)] {
        let refusal = read(&form, &notification(name)).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Unauthorized(_)), "{name}: {refusal}");
        assert_eq!((form.refused(&refusal), amazon.asked()), (401, asks), "{name}");
    }
    let message = notification("utf8_v2")["Message"].as_str().unwrap().replace("play@", "other@");
    for (field, value) in [
        ("Message", &*message),
        ("Timestamp", "2026-11-03T18:00:01.000Z"),
        ("SignatureVersion", "1"),
        ("SignatureVersion", "3"),
        ("Signature", ""),
    ] {
        let mut changed = notification("utf8_v2");
        changed[field] = value.into();
        assert!(matches!(read(&form, &changed).await, Err(Refusal::Unauthorized(_))), "{field}: {value}");
    }
    let headers = HeaderMap::from_iter([("x-amz-sns-rawdelivery".parse().unwrap(), "true".parse().unwrap())]);
    let request = Request::new(&headers, b"From: a@google.com\r\n\r\n", Utc::now());
    assert!(matches!(form.read(&request).await, Err(Refusal::Unauthorized(hint)) if hint.contains("raw")));
}

#[tokio::test]
async fn a_certificate_that_cannot_be_fetched_is_a_reason_to_come_again() {
    let (form, amazon) = form();
    *amazon.down.lock().unwrap() = true;
    let refusal = read(&form, &notification("utf8_v2")).await.unwrap_err();
    assert_eq!(form.refused(&refusal), 503, "{refusal}");
    *amazon.down.lock().unwrap() = false;
    mail(&form, "utf8_v2").await;
}

#[tokio::test]
async fn only_this_topics_subscription_is_confirmed_and_only_at_amazon() {
    let (form, amazon) = form();
    assert_eq!(read(&form, &notification("subscription")).await, Ok(Content::Handled));
    let opened = amazon.asked.lock().unwrap().last().unwrap().clone();
    assert!(opened.starts_with("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"), "{opened}");
    let asked = amazon.asked();
    assert!(read(&form, &notification("subscription_elsewhere")).await.is_err(), "signed, but not Amazon's address");
    assert_eq!(amazon.asked(), asked, "nothing else is opened");
    let other = SesSns::new(format!("{TOPIC}-other"), Arc::<Amazon>::clone(&amazon)).unwrap();
    assert!(read(&other, &notification("subscription")).await.is_err());
    assert_eq!(amazon.asked(), asked);
    for bad in ["", "play-mail", "arn:aws:sqs:eu-west-1:123456789012:play-mail", "arn:aws:sns:eu-west-1::play-mail"] {
        assert!(SesSns::new(bad, Arc::<Amazon>::clone(&amazon)).is_err(), "{bad}");
    }
}
