//! Any request of a provider that posts mail.

#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use statused_email::intake::forms::{Access, Form, Mailgun, Postmark, Raw, Request, SendGrid};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());

fuzz_target!(|body: &[u8]| {
    let forms: [(&'static str, Box<dyn Form>); 4] = [
        ("multipart/form-data; boundary=xYz", Box::new(SendGrid::new(Access::bearer("t")))),
        ("application/json", Box::new(Postmark::new(Access::bearer("t")))),
        ("application/x-www-form-urlencoded", Box::new(Mailgun::new("key"))),
        ("message/rfc822", Box::new(Raw::open())),
    ];
    for (kind, form) in forms {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer t"));
        headers.insert("content-type", HeaderValue::from_static(kind));
        let _ = RUNTIME.block_on(form.read(&Request::new(&headers, body, DateTime::UNIX_EPOCH)));
    }
});
