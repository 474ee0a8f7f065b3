//! The fields of a posted form.

use bytes::Bytes;
use percent_encoding::percent_decode;

use super::{Refusal, Request};

/// More fields than any provider sends.
const MOST: usize = 256;

/// The fields by name, byte for byte.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded` and `multipart/form-data`.
    pub(super) async fn read(request: &Request<'_>) -> Result<Self, Refusal> {
        let content_type = request.content_type();
        if let Ok(boundary) = multer::parse_boundary(content_type) {
            return Self::multipart(request.body, boundary).await;
        }
        if content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Ok(Self::urlencoded(request.body));
        }
        Err(Refusal::Unreadable("the body is no form"))
    }

    async fn multipart(body: &[u8], boundary: String) -> Result<Self, Refusal> {
        const BROKEN: Refusal = Refusal::Unreadable("the parts of the body cannot be told apart");
        let body = Bytes::copy_from_slice(body);
        let stream = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(body)]);
        let mut parts = multer::Multipart::new(stream, boundary);
        let mut fields = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|_| BROKEN)? {
            let name = part.name().unwrap_or_default().to_owned();
            let value = part.bytes().await.map_err(|_| BROKEN)?;
            if fields.0.len() < MOST {
                fields.0.push((name, value.to_vec()));
            }
        }
        Ok(fields)
    }

    fn urlencoded(body: &[u8]) -> Self {
        // By hand, since a mail's bytes need not be UTF-8.
        let decoded = |text: &[u8]| {
            let spaced: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
            percent_decode(&spaced).collect::<Vec<u8>>()
        };
        let pairs = body.split(|&byte| byte == b'&').take(MOST).map(|pair| {
            let end = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(end);
            (String::from_utf8_lossy(&decoded(name)).into_owned(), decoded(value.strip_prefix(b"=").unwrap_or(value)))
        });
        Self(pairs.collect())
    }

    /// The first field of a name.
    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_slice())
    }

    /// The same, if it is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.bytes(name).is_some()
    }
}
