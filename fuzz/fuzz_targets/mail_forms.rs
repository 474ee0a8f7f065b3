//! Any request of a provider that posts mail.

#![no_main]

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use chrono::DateTime;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;
use statused_email::intake::forms::{Access, Form, Mailgun, Postmark, Raw, Request, SendGrid, SesSns};
use statused_email::web::{Method, Page, Web, WebError};
use statused_fuzz::{forgiving_libraries, run};
use url::Url;

/// Amazon, which has not signed it.
#[derive(Debug)]
struct Amazon;

#[async_trait]
impl Web for Amazon {
    async fn ask(&self, _: Method, url: &Url) -> Result<Page, WebError> {
        let host = url.host_str().unwrap_or_default();
        assert!(
            host.starts_with("sns.") && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")),
            "{url} is opened"
        );
        Ok(Page::new(200, include_str!("../../statused-email/tests/data/ses/certificate.pem")))
    }
}

/// What Mailgun adds, so that its signature fits.
static SIGNED: LazyLock<String> = LazyLock::new(|| {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
    mac.update(b"0token");
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("timestamp=0&token=token&signature={digits}&")
});

fuzz_target!(|data: &[u8]| {
    let Some((which, body)) = data.split_first() else { return };
    let signed;
    let (kind, body, form): (_, _, Box<dyn Form>) = match which {
        b'S' => ("multipart/form-data; boundary=xYz", body, Box::new(SendGrid::new(Access::bearer("t")))),
        b'P' => ("application/json", body, Box::new(Postmark::new(Access::bearer("t")))),
        b'M' => {
            signed = [SIGNED.as_bytes(), body].concat();
            ("application/x-www-form-urlencoded", signed.as_slice(), Box::new(Mailgun::new("key")))
        }
        b'R' => ("message/rfc822", body, Box::new(Raw::open())),
        b'N' => {
            let topic = "arn:aws:sns:eu-west-1:123456789012:play-mail";
            ("text/plain; charset=UTF-8", body, Box::new(SesSns::new(topic, Arc::new(Amazon)).unwrap()))
        }
        _ => {
            let _ = statused_email::fuzzing::read_ses(&String::from_utf8_lossy(body));
            return;
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer t"));
    headers.insert("content-type", HeaderValue::from_static(kind));
    let request = Request::new(&headers, body, DateTime::UNIX_EPOCH);
    forgiving_libraries(|| drop(run(form.read(&request))));
});
