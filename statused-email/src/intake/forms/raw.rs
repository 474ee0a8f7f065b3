//! The message itself as the body.

use async_trait::async_trait;
use percent_encoding::percent_decode_str;

use super::{Access, Content, Form, RawMail, Refusal, Request};
use crate::Envelope;
use crate::intake::Receipt;

/// The message itself as the body, as a mail server's pipe or a Cloudflare Email Worker posts it.
///
/// The envelope stands in `X-Envelope-To` (comma-separated, or several headers) and `X-Envelope-From`, or as `to` and
/// `from` in the address. Without one, the mail's own routing headers decide.
#[derive(Clone, Debug)]
pub struct Raw {
    access: Option<Access>,
}

impl Raw {
    /// For whoever knows the address. The mail's own signature is all that is asked for.
    pub fn open() -> Self {
        Self { access: None }
    }

    /// For whoever knows a password or a token.
    pub fn with_access(access: Access) -> Self {
        Self { access: Some(access) }
    }
}

#[async_trait]
impl Form for Raw {
    fn name(&self) -> &'static str {
        "raw"
    }

    async fn read(&self, request: &Request<'_>) -> Result<Content, Refusal> {
        if let Some(access) = &self.access {
            access.admit(request)?;
        }
        let media_type = request.content_type().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !matches!(&*media_type, "" | "message/rfc822" | "message/global" | "application/octet-stream" | "text/plain")
        {
            return Err(Refusal::NotRaw("post the raw message with Content-Type: message/rfc822"));
        }
        if request.body.is_empty() {
            return Err(Refusal::Unreadable("the body is empty"));
        }
        Ok(Content::Mail(RawMail::new(request.body.to_vec(), envelope(request))))
    }

    fn status(&self, receipt: &Receipt) -> u16 {
        receipt.status()
    }

    fn refused(&self, refusal: &Refusal) -> u16 {
        refusal.status()
    }
}

fn envelope(request: &Request<'_>) -> Envelope {
    let headers =
        |name: &'static str| request.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let mut envelope = Envelope::to(headers("x-envelope-to").flat_map(|value| value.split(',')).map(str::trim));
    envelope.sender = headers("x-envelope-from").next().map(str::to_owned);
    for pair in request.query.unwrap_or_default().split('&') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        // An address may hold a plus, so it is not read as a space.
        let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
        match name {
            "to" => envelope.recipients.push(value),
            "from" => envelope.sender = Some(value),
            _ => {}
        }
    }
    envelope
}
