//! The address, of which path and query are templates.

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use statused_core::model::Notification;
use url::Url;

use super::SHORT;
use crate::error::DestinationError;
use crate::http::Request;
use crate::template::Template;
use crate::text::{fit, line};

/// What follows the fixed part of the address. `Debug` shows nothing of it.
#[derive(Debug, Default)]
pub(super) struct Target {
    segments: Vec<Template>,
    query: Vec<(Template, Template)>,
}

impl Target {
    /// The address of the host, which has no placeholders, and what follows. An address without any is left as it is:
    /// where it is signed, the way it is encoded matters.
    pub(super) fn parse(url: &SecretString) -> Result<(SecretString, Self), DestinationError> {
        if !url.expose_secret().contains("{{") {
            return Ok((url.clone(), Self::default()));
        }
        let mut url = Url::parse(url.expose_secret().trim())
            .map_err(|error| DestinationError::NotAUrl { reason: error.to_string() })?;
        if url.host_str().is_some_and(|host| host.contains("{{")) {
            return Err(DestinationError::invalid("the address", "has a placeholder before its path"));
        }
        // What the parser has encoded is the template again when it is decoded.
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let segments = url.path_segments().into_iter().flatten();
        let segments = segments.map(|segment| Template::parse(&decoded(segment))).collect::<Result<_, _>>()?;
        let query = url.query_pairs().map(|(name, value)| Ok((Template::parse(&name)?, Template::parse(&value)?)));
        let query = query.collect::<Result<_, DestinationError>>()?;
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok((String::from(url).into(), Self { segments, query }))
    }

    /// The longer pieces, which may be secrets.
    pub(super) fn secret_parts(&self) -> impl Iterator<Item = SecretString> {
        // Shorter pieces are words like `services` or `v1`.
        const SHORTEST_PIECE: usize = 9;
        let query = self.query.iter().flat_map(|(name, value)| [name, value]);
        let texts: Vec<_> = self.segments.iter().chain(query).flat_map(Template::texts).collect();
        texts
            .into_iter()
            .filter(|text| text.len() >= SHORTEST_PIECE)
            .map(SecretString::from)
            .collect::<Vec<_>>()
            .into_iter()
    }

    pub(super) fn fill(&self, request: Request, notification: &Notification) -> Request {
        let value = |value: &str| fit(value, SHORT, line);
        let segments = self.segments.iter().map(|template| match template.fixed() {
            Some(fixed) => fixed.to_owned(),
            None => {
                let segment = template.render(notification, value);
                // Of these, an address would make another path than the one that is meant.
                if matches!(segment.trim(), "" | "." | "..") { "_".to_owned() } else { segment }
            }
        });
        let request = request.at(segments);
        self.query.iter().fold(request, |request, (name, template)| {
            request.query(name.render(notification, value), template.render(notification, value))
        })
    }
}
