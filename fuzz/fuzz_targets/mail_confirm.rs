//! Any page in the place of Gmail's, and any link to it.

#![no_main]

use std::sync::Mutex;

use async_trait::async_trait;
use libfuzzer_sys::fuzz_target;
use statused_email::web::{Method, Page, Web, WebError};
use statused_fuzz::{Answers, run};
use url::Url;

#[derive(Debug)]
struct Pages(Mutex<Answers>);

#[async_trait]
impl Web for Pages {
    async fn ask(&self, _: Method, url: &Url) -> Result<Page, WebError> {
        let of_google =
            url.host_str().is_some_and(|host| host.ends_with("mail.google.com") || host == "mail-settings.google.com");
        assert!(of_google && url.scheme() == "https" && url.path().starts_with("/mail/vf-"), "{url} is opened");
        let answer = self.0.lock().unwrap().next(url);
        let page = Page::new(answer.status.as_u16(), String::from_utf8_lossy(&answer.body));
        let location = answer.headers.get("location").and_then(|value| value.to_str().ok());
        Ok(match location {
            Some(location) => page.with_location(location),
            None => page,
        })
    }
}

fuzz_target!(|data: &[u8]| {
    let mut answers = Answers::read(data);
    let link = answers.take_body("link");
    let link = link.as_deref().map_or("https://mail-settings.google.com/mail/vf-x", str::trim);
    let _ = run(statused_email::fuzzing::confirm(&Pages(Mutex::new(answers)), link));
});
