//! A request, before it has an address.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

/// What is sent to an endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(super) method: Method,
    pub(super) segments: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) longest_answer: usize,
}

/// How much of an answer is read, in bytes.
const LONGEST_ANSWER: usize = 16 * 1024;

/// How much is read of an answer that the sink works with.
const LONGEST_DOCUMENT: usize = 256 * 1024;

/// Whether HTTP itself needs the header, to say where a request goes and where it ends.
pub(crate) fn is_framing(name: &HeaderName) -> bool {
    ["connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"].contains(&name.as_str())
}

impl Request {
    /// A request without a body.
    pub(crate) fn new(method: Method) -> Self {
        Self {
            method,
            segments: Vec::new(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            longest_answer: LONGEST_ANSWER,
        }
    }

    /// A `POST`.
    pub(crate) fn post() -> Self {
        Self::new(Method::POST)
    }

    /// A `GET` of a document, of which more is read than of a mere answer.
    pub(crate) fn get() -> Self {
        Self::new(Method::GET).reading_a_document()
    }

    /// Reads more of the answer, since the sink works with it.
    pub(crate) fn reading_a_document(mut self) -> Self {
        self.longest_answer = LONGEST_DOCUMENT;
        self
    }

    /// Goes on from the endpoint's address, each segment encoded as one.
    pub(crate) fn at<S: Into<String>>(mut self, segments: impl IntoIterator<Item = S>) -> Self {
        self.segments.extend(segments.into_iter().map(Into::into));
        self
    }

    /// Adds to the query.
    pub(crate) fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets a header that is no secret; those are set by [`Endpoint::secret_header`](super::Endpoint::secret_header).
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the body to JSON.
    pub(crate) fn json(self, body: &impl Serialize) -> Self {
        // What sinks write are values and structs with string keys, which JSON can always say.
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        self.body("application/json", bytes)
    }

    /// Sets the body to a form.
    pub(crate) fn form<N: AsRef<str>, V: AsRef<str>>(self, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", form.into_bytes())
    }

    /// Sets the body.
    pub(crate) fn body(mut self, content_type: &'static str, bytes: Vec<u8>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = bytes;
        self
    }
}
