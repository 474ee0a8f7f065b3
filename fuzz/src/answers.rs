//! A server's answers, as text.

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use url::Url;

/// One answer of a server.
#[derive(Debug)]
pub struct Answer {
    /// A part of the addresses that it is for.
    pub of: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The answers that are written in some bytes. Between two of them stands a line `%%`; each is written
///
/// ```text
/// 200 /v1/apps
/// Date: Tue, 03 Nov 2026 10:00:00 GMT
///
/// {"data": []}
/// ```
#[derive(Debug)]
pub struct Answers(Vec<Answer>);

impl Answers {
    pub fn read(bytes: &[u8]) -> Self {
        Self(split(bytes, b"\n%%\n").map(Answer::read).collect())
    }

    /// Takes the body of the answer that is for nobody (`0 checkpoint`), if there is one.
    pub fn take_body(&mut self, of: &str) -> Option<String> {
        let place = self.0.iter().position(|answer| answer.of == of)?;
        String::from_utf8(self.0.remove(place).body).ok()
    }

    /// The next answer that fits an address. Each is given once, and after the last there is nothing to be found.
    pub fn next(&mut self, url: &Url) -> Answer {
        match self.0.iter().position(|answer| url.as_str().contains(&answer.of)) {
            Some(place) => self.0.remove(place),
            None => Answer::read(b"404\n\n"),
        }
    }
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let (head, body) = split_once(bytes, b"\n\n");
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default();
        let (status, of) = first.split_once(' ').unwrap_or((first, ""));
        let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.append(name, value);
            }
        }
        Self { of: of.to_owned(), status: status.unwrap_or(StatusCode::OK), headers, body: body.to_vec() }
    }
}

impl From<Answer> for Response<Vec<u8>> {
    fn from(answer: Answer) -> Self {
        let mut response = Self::new(answer.body);
        (*response.status_mut(), *response.headers_mut()) = (answer.status, answer.headers);
        response
    }
}

/// The first part and the rest.
fn split_once<'a>(bytes: &'a [u8], by: &[u8]) -> (&'a [u8], &'a [u8]) {
    match bytes.windows(by.len()).position(|window| window == by) {
        Some(at) => (&bytes[..at], &bytes[at + by.len()..]),
        None => (bytes, &[]),
    }
}

fn split<'a>(bytes: &'a [u8], by: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let (first, after) = split_once(rest?, by);
        rest = (!after.is_empty()).then_some(after);
        Some(first)
    })
}
