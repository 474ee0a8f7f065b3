//! What providers post, and what they must not.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use serde_json::json;
use sha2::Sha256;
use statused_email::intake::forms::{Access, Content, Form, Mailgun, Postmark, Raw, Refusal, Request, SendGrid};
use statused_email::intake::{Failed, Receipt, Refused};

const MAIL: &[u8] = b"From: a@google.com\r\nSubject: 8-bit: \xe9\xff & + % = \r\n\r\nbody\r\n";
const NOW: i64 = 1_800_000_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

async fn read(form: &dyn Form, headers: &HeaderMap, body: &[u8]) -> Result<(Vec<u8>, Vec<String>), Refusal> {
    match form.read(&Request::new(headers, body, now())).await? {
        Content::Mail(mail) => Ok((mail.bytes, mail.envelope.recipients)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_raw_message_is_taken_as_it_is() {
    let envelope = headers(&[
        ("content-type", "message/rfc822; charset=x"),
        ("x-envelope-to", "a@b.c, d@e.f"),
        ("x-envelope-to", "g@h.i"),
        ("x-envelope-from", "s@t.u"),
    ]);
    let (bytes, recipients) = read(&Raw::open(), &envelope, MAIL).await.unwrap();
    assert_eq!((bytes.as_slice(), recipients), (MAIL, vec!["a@b.c".into(), "d@e.f".into(), "g@h.i".into()]));
    let bare = HeaderMap::new();
    let request = Request::new(&bare, MAIL, now()).with_query(Some("to=a%2Bx@b.c&to=p+q@b.c&from=s@t.u&x"));
    let Ok(Content::Mail(mail)) = Raw::open().read(&request).await else { panic!() };
    assert_eq!(mail.envelope.recipients, ["a+x@b.c", "p+q@b.c"]);
    assert_eq!(mail.envelope.sender.as_deref(), Some("s@t.u"));
    let form = headers(&[("content-type", "multipart/form-data; boundary=x")]);
    assert!(matches!(read(&Raw::open(), &form, MAIL).await, Err(Refusal::NotRaw(_))));
    assert!(matches!(read(&Raw::open(), &bare, b"").await, Err(Refusal::Unreadable(_))));
    let closed = Raw::with_access(Access::bearer("hunter2"));
    assert!(matches!(read(&closed, &envelope, MAIL).await, Err(Refusal::Unauthorized(_))));
    assert!(read(&closed, &headers(&[("authorization", "Bearer hunter2")]), MAIL).await.is_ok());
}

/// How Mailgun signs.
fn mailgun_signature(key: &str, timestamp: i64, token: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{timestamp}{token}").as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn urlencoded(fields: &[(&str, &[u8])]) -> (HeaderMap, Vec<u8>) {
    let encoded =
        |bytes: &[u8]| percent_encoding::percent_encode(bytes, percent_encoding::NON_ALPHANUMERIC).to_string();
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name.as_bytes()), encoded(value)));
    let body = pairs.collect::<Vec<_>>().join("&").replace("%20", "+");
    (headers(&[("content-type", "application/x-www-form-urlencoded")]), body.into_bytes())
}

fn multipart(fields: &[(&str, &[u8])]) -> (HeaderMap, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), value, b"\r\n"].concat());
    }
    body.extend(b"--xYz--\r\n");
    (headers(&[("content-type", "multipart/form-data; boundary=xYz")]), body)
}

#[tokio::test]
async fn mailgun_is_believed_by_its_signature_once() {
    let signed = |timestamp: i64, token: &'static str, mail: &'static [u8], key: &str| {
        let (time, signature) = (timestamp.to_string(), mailgun_signature(key, timestamp, token));
        let fields: Vec<(&str, &[u8])> = vec![
            ("recipient", b"play@acme.example"),
            ("sender", b"x@gmail.com"),
            ("timestamp", time.as_bytes()),
            ("token", token.as_bytes()),
            ("signature", signature.as_bytes()),
            ("body-mime", mail),
        ];
        (urlencoded(&fields), multipart(&fields))
    };
    let form = Mailgun::new("key");
    let ((headers, body), (other_headers, other_body)) = signed(NOW, "t1", MAIL, "key");
    for (headers, body) in [(&headers, &body), (&other_headers, &other_body), (&headers, &body)] {
        let (bytes, recipients) = read(&form, headers, body).await.unwrap();
        assert_eq!((bytes.as_slice(), recipients), (MAIL, vec!["play@acme.example".to_owned()]), "a retry is the same");
    }
    let refused = |((headers, body), _): ((HeaderMap, Vec<u8>), (HeaderMap, Vec<u8>))| {
        let form = &form;
        async move { read(form, &headers, &body).await.unwrap_err() }
    };
    for (why, request) in [
        ("another mail with a used token", signed(NOW, "t1", b"From: other\r\n\r\n", "key")),
        ("another key", signed(NOW, "t2", MAIL, "key2")),
        ("too old", signed(NOW - 9 * 3600 - 1, "t3", MAIL, "key")),
        ("from the future", signed(NOW + 301, "t4", MAIL, "key")),
    ] {
        let refusal = refused(request).await;
        assert!(matches!(refusal, Refusal::Unauthorized(_)), "{why}: {refusal}");
        assert_eq!(form.refused(&refusal), 406, "Mailgun stops");
    }
    let ((headers, body), _) = signed(NOW - 8 * 3600, "t5", MAIL, "key");
    assert!(read(&form, &headers, &body).await.is_ok(), "the last retry");
    let parsed = String::from_utf8(body).unwrap().replace("body%2Dmime", "body%2Dplain").replace("t5", "t6");
    let signature = mailgun_signature("key", NOW - 8 * 3600, "t5");
    let parsed = parsed.replace(&signature, &mailgun_signature("key", NOW - 8 * 3600, "t6"));
    let refusal = read(&form, &headers, parsed.as_bytes()).await.unwrap_err();
    assert!(refusal.to_string().contains("/mime"), "{refusal}");
    let nobody = Mailgun::new("");
    let ((headers, body), _) = signed(NOW, "t7", MAIL, "");
    assert!(read(&nobody, &headers, &body).await.is_err(), "an empty key signs for anybody");
}

#[tokio::test]
async fn postmark_is_believed_by_the_login_of_its_address() {
    let form = Postmark::new(Access::basic("postmark", "hunter2"));
    let login = format!("Basic {}", STANDARD.encode("postmark:hunter2"));
    let with = headers(&[("authorization", &login), ("content-type", "application/json")]);
    let body =
        json!({"RawEmail": "From: a@google.com\r\n\r\nx", "OriginalRecipient": "a+b@acme.example", "TextBody": "x"});
    let (bytes, recipients) = read(&form, &with, body.to_string().as_bytes()).await.unwrap();
    assert_eq!((bytes.as_slice(), recipients), (&b"From: a@google.com\r\n\r\nx"[..], vec!["a+b@acme.example".into()]));
    let without = headers(&[]);
    let refusal = read(&form, &without, body.to_string().as_bytes()).await.unwrap_err();
    assert_eq!((form.refused(&refusal), refusal.status()), (401, 401));
    for missing in [json!({"TextBody": "x"}), json!({"RawEmail": ""})] {
        let refusal = read(&form, &with, missing.to_string().as_bytes()).await.unwrap_err();
        assert!(refusal.to_string().contains("Include raw email content"), "{refusal}");
        assert_eq!(form.refused(&refusal), 403, "Postmark stops");
    }
    assert_eq!(form.refused(&read(&form, &with, b"{").await.unwrap_err()), 403);
}

#[tokio::test]
async fn sendgrid_is_believed_by_its_signature_or_a_login() {
    let envelope = br#"{"to":["play@acme.example"],"from":"x@gmail.com"}"#;
    let (mut plain, body) = multipart(&[("email", MAIL), ("envelope", envelope), ("subject", b"x")]);
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    // The header of a P-256 key in ASN.1, as SendGrid shows them, before the key itself.
    let mut der = STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE").unwrap();
    der.extend(&key.public_key().as_ref()[1..]);
    let form = SendGrid::signed(&STANDARD.encode(der)).unwrap();
    let signed = |timestamp: i64, body: &[u8]| {
        let text = [timestamp.to_string().as_bytes(), body].concat();
        STANDARD.encode(key.sign(&SystemRandom::new(), &text).unwrap())
    };
    let with = |timestamp: i64, signature: &str| {
        let mut headers = plain.clone();
        headers.insert("x-twilio-email-event-webhook-timestamp", timestamp.to_string().parse().unwrap());
        headers.insert("x-twilio-email-event-webhook-signature", signature.parse().unwrap());
        headers
    };
    let (bytes, recipients) = read(&form, &with(NOW, &signed(NOW, &body)), &body).await.unwrap();
    assert_eq!((bytes.as_slice(), recipients), (MAIL, vec!["play@acme.example".to_owned()]));
    let old = NOW - TimeDelta::hours(74).num_seconds();
    for (why, headers) in [
        ("another body", with(NOW, &signed(NOW, b"x"))),
        ("another time", with(NOW + 1, &signed(NOW, &body))),
        ("too old", with(old, &signed(old, &body))),
        ("no signature", plain.clone()),
        ("no base64", with(NOW, "!")),
    ] {
        assert!(matches!(read(&form, &headers, &body).await, Err(Refusal::Unauthorized(_))), "{why}");
    }
    assert!(SendGrid::signed("MFkw").is_err() && SendGrid::signed("").is_err());

    let form = SendGrid::new(Access::basic("sendgrid", "hunter2"));
    assert!(matches!(read(&form, &plain, &body).await, Err(Refusal::Unauthorized(_))));
    let login = format!("Basic {}", STANDARD.encode("sendgrid:hunter2"));
    plain.insert("authorization", login.parse().unwrap());
    assert!(read(&form, &plain, &body).await.is_ok());
    let (_, parsed) = multipart(&[("text", b"x"), ("headers", b"From: x")]);
    let refusal = read(&form, &plain, &parsed).await.unwrap_err();
    assert!(refusal.to_string().contains("POST the raw"), "{refusal}");
    let (_, nothing) = multipart(&[("x", b"x")]);
    assert!(matches!(read(&form, &plain, &nothing).await, Err(Refusal::Unreadable(_))));
    for broken in [&b"--xYz\r\n"[..], b"", b"--xYz\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nno end"] {
        assert!(read(&form, &plain, broken).await.is_err(), "{broken:?}");
    }
}

/// What makes a provider send again, and what makes it stop.
#[test]
fn every_provider_is_answered_as_it_wants() {
    let raw = Raw::open();
    let mailgun = Mailgun::new("key");
    let postmark = Postmark::new(Access::bearer("x"));
    let sendgrid = SendGrid::new(Access::bearer("x"));
    let forms: [&dyn Form; 4] = [&raw, &mailgun, &postmark, &sendgrid];
    let statuses = |receipt: &Receipt| forms.map(|form| form.status(receipt));
    assert_eq!(statuses(&Receipt::Repeated), [200; 4]);
    let failed = Receipt::Failed(Failed::Quarantine(statused_email::intake::quarantine::QuarantineError::new("full")));
    assert_eq!(statuses(&failed), [503; 4]);
    assert_eq!(statuses(&Receipt::Refused(Refused::TooMany)), [429, 429, 429, 503]);
    assert_eq!(statuses(&Receipt::Refused(Refused::TooLarge { length: 1 })), [413, 406, 403, 413]);
}
