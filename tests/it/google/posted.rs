//! Mail that providers post, who may post it, and Gmail's question whether it may forward.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::Utc;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, RequestBuilder};
use sha2::Sha256;
use statused::mail::testkit::letters;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::site::{Console, NO_PAUSE, PACKAGE, SOURCE};
use crate::support::{PATIENCE, until};

const US: &str = "play@acme.example";
const DEVELOPER: &str = "dev@gmail.com";

impl Console {
    fn door(&self, form: &str) -> RequestBuilder {
        Client::new().post(format!("{}/sources/{SOURCE}/mail{form}", self.base))
    }
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

/// The console with a monitor that takes mail so.
async fn taking(mail: &str) -> (Console, crate::process::Process) {
    let console = Console::new(NO_PAUSE).await;
    console.configure(NO_PAUSE, mail);
    let process = console.watched().await;
    (console, process)
}

async fn told_once(console: &Console, process: crate::process::Process) {
    until(|| process.log(), || console.told().len() == 1).await;
    assert_eq!(console.events()[0].data("status").as_deref(), Some("Action Required"));
    assert!(!process.log().contains("hush-hush"), "{}", process.log());
    assert!(!console.health().await.to_string().contains("hush-hush"));
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn postmark_is_believed_by_its_login() {
    let (console, process) = taking("provider = \"postmark\"\nuser = \"play\"\npassword = \"hush-hush\"\n").await;
    let mail = String::from_utf8(console.warning("Ads")).unwrap();
    let body = serde_json::json!({"RawEmail": mail, "OriginalRecipient": US});
    assert_eq!(status(console.door("/postmark").json(&body)).await, 401);
    assert_eq!(status(console.door("/postmark").basic_auth("play", Some("hush")).json(&body)).await, 401);
    assert_eq!(status(console.door("").body(mail)).await, 404, "and by nobody else");
    assert_eq!(status(console.door("/postmark").basic_auth("play", Some("hush-hush")).json(&body)).await, 200);
    told_once(&console, process).await;
}

#[tokio::test]
async fn mailgun_is_believed_by_its_signature_at_an_address_that_ends_in_mime() {
    let console = Console::new(NO_PAUSE).await;
    console.configure(NO_PAUSE, "provider = \"mailgun\"\nsigning_key = \"env:STATUSED_TEST_MAILGUN\"\n");
    let process = console.start_with(&[("STATUSED_TEST_MAILGUN", "hush-hush")]);
    console.answers(&process).await;
    console.looks(3).await;
    let timestamp = Utc::now().timestamp().to_string();
    let mail = console.warning("Ads");
    let form = |key: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(format!("{timestamp}a token").as_bytes());
        let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let fields = [
            ("recipient", US.as_bytes()),
            ("timestamp", timestamp.as_bytes()),
            ("token", b"a token"),
            ("signature", signature.as_bytes()),
            ("body-mime", &mail),
        ];
        fields.map(|(name, value)| format!("{name}={}", encoded(value))).join("&")
    };
    let post = |key: &str| {
        let kind = "application/x-www-form-urlencoded";
        console.door("/mailgun/mime").header("content-type", kind).body(form(key))
    };
    assert_eq!(status(post("another key")).await, 406);
    assert_eq!(status(post("hush-hush")).await, 200);
    told_once(&console, process).await;
}

fn encoded(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn sendgrid_is_believed_by_its_login() {
    let (console, process) = taking("provider = \"sendgrid\"\nuser = \"play\"\npassword = \"hush-hush\"\n").await;
    let envelope = format!("{{\"to\":[\"{US}\"],\"from\":\"{DEVELOPER}\"}}");
    let fields = [("envelope", envelope.as_bytes()), ("email", &console.warning("Ads"))];
    let body = fields.map(|(name, value)| format!("{name}={}", encoded(value))).join("&");
    let post = || {
        let kind = "application/x-www-form-urlencoded";
        console.door("/sendgrid").header("content-type", kind).body(body.clone())
    };
    assert_eq!(status(post()).await, 401);
    assert_eq!(status(post().basic_auth("play", Some("hush-hush"))).await, 200);
    told_once(&console, process).await;
}

/// Amazon signs with certificates that only Amazon has; what nobody signed is not even looked at.
#[tokio::test]
async fn a_topic_of_amazons_is_not_believed_by_its_name() {
    let topic = "arn:aws:sns:eu-west-1:123456789012:play";
    let (console, process) = taking(&format!("provider = \"ses-sns\"\ntopic = \"{topic}\"\n")).await;
    let body = |topic: &str| {
        serde_json::json!({
            "Type": "Notification", "MessageId": "1", "TopicArn": topic, "Message": "{}",
            "Timestamp": "2026-11-22T10:00:00.000Z", "SignatureVersion": "1", "Signature": "AAAA",
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.test/cert.pem",
        })
    };
    assert_eq!(status(console.door("/ses-sns").json(&body("arn:aws:sns:eu-west-1:1:other"))).await, 401);
    assert_eq!(status(console.door("/ses-sns").json(&body(topic))).await, 401, "it names a certificate of its own");
    assert_eq!(console.mail_health().await["refused"], 2);
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn a_token_keeps_strangers_from_the_quarantine_and_is_read_again() {
    let console = Console::new(NO_PAUSE).await;
    std::fs::write(console.path("token.txt"), "hush-hush\n").unwrap();
    console.configure(NO_PAUSE, "token = \"file:token.txt\"\n");
    let process = console.watched().await;
    let forged = statused::mail::testkit::Postmaster::google().send(&letters::live("Acme", PACKAGE));
    assert_eq!(console.post(&forged).await, 401);
    assert_eq!(console.mail_health().await["quarantined"], 0);
    let post = |token: &str, mail: Vec<u8>| console.door("").bearer_auth(token).body(mail);
    assert_eq!(status(post("hush-hush", forged.clone())).await, 202, "proof by its signature still decides");

    std::fs::write(console.path("token.txt"), "another hush").unwrap();
    let end = Instant::now() + PATIENCE;
    while status(post("another hush", forged.clone())).await == 401 {
        assert!(Instant::now() < end, "still the old token: {}", process.log());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(status(post("hush-hush", forged)).await, 401);
    assert!(!process.log().contains("hush"), "{}", process.log());
    assert_eq!(process.terminate().await.code(), Some(0));
}

/// A way out that leads nowhere, and notes where to.
async fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut line = String::new();
            drop(BufReader::new(&mut stream).read_line(&mut line).await);
            noted.lock().unwrap().push(line.trim().to_owned());
            drop(stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await);
        }
    });
    (address, asked)
}

/// Gmail's hosts are real: all that is seen here is that they are asked for, for whom it is expected and for nobody else.
#[tokio::test]
async fn gmails_question_is_answered_only_for_whom_it_is_expected() {
    let console = Console::new(NO_PAUSE).await;
    let (proxy, asked) = proxy().await;
    let start = || console.start_with(&[("HTTPS_PROXY", &proxy), ("https_proxy", &proxy), ("NO_PROXY", "127.0.0.1")]);
    let question = |user: &str, token: &str| console.google.send(&letters::gmail_confirmation(user, US, token, "ko"));
    let settled = |user: &'static str, state: &'static str| {
        let console = &console;
        async move {
            console
                .healthy(state, |health| {
                    let questions = health["mail"][SOURCE]["confirmations"].as_array().cloned().unwrap_or_default();
                    questions.iter().any(|it| it["requested_by"] == user && it["state"] == state)
                })
                .await
        }
    };
    // Nobody is expected.
    let process = start();
    console.answers(&process).await;
    assert_eq!(console.post(&question(DEVELOPER, "one")).await, 200);
    settled(DEVELOPER, "unexpected").await;
    assert_eq!(*asked.lock().unwrap(), [""; 0]);
    process.kill();

    console.configure(NO_PAUSE, &format!("expect_forwarding_from = \"{DEVELOPER}\"\n"));
    let process = start();
    console.answers(&process).await;
    assert_eq!(console.post(&question("stranger@gmail.com", "two")).await, 200);
    settled("stranger@gmail.com", "unexpected").await;
    assert_eq!(*asked.lock().unwrap(), [""; 0]);
    for token in ["three", "four"] {
        // Again and again, as long as the file says so.
        let before = asked.lock().unwrap().len();
        assert_eq!(console.post(&question(DEVELOPER, token)).await, 200);
        let health = settled(DEVELOPER, "failed").await;
        let gone = asked.lock().unwrap()[before..].to_vec();
        assert!(
            !gone.is_empty() && gone.iter().all(|line| line.starts_with("CONNECT mail-settings.google.com:443 ")),
            "{gone:?}"
        );
        assert!(!health.to_string().contains("/mail/vf-"), "a link confirms for whoever has it");
    }
    // A person gets it.
    let links: serde_json::Value = console.get("/confirmations").await.json().await.unwrap();
    let link = links[SOURCE][0]["link"].as_str().unwrap();
    assert!(link.starts_with("https://mail-settings.google.com/mail/vf-"), "{links:#}");
    assert!(!process.log().contains("/mail/vf-") && process.log().contains("confirm Gmail's forwarding by hand"));
    assert_eq!(process.terminate().await.code(), Some(0));
}
