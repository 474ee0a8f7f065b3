//! The endpoints that the fake has.

use percent_encoding::percent_decode_str;

/// The endpoints that the fake has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Endpoint {
    /// `POST /token`
    Token,
    /// `GET /v1beta1/apps:search`
    Search,
    /// `GET /v1beta1/apps/{package}:fetchReleaseFilterOptions`
    FilterOptions,
    /// `POST …/{package}/edits`
    OpenEdit,
    /// `GET …/{package}/edits/{id}/tracks`
    Tracks,
    /// `GET …/{package}/edits/{id}/details`
    Details,
    /// `GET …/{package}/edits/{id}/listings/{language}/icon`
    Icon,
    /// `DELETE …/{package}/edits/{id}`
    CloseEdit,
    /// `GET …/{package}/tracks/{track}/releases`
    Lifecycle,
    /// Anything else; it is answered with a page of HTML.
    Other,
}

/// A path, taken apart.
pub(super) struct Place {
    pub(super) endpoint: Endpoint,
    pub(super) package: Option<String>,
    pub(super) track: Option<String>,
    pub(super) edit: Option<String>,
}

impl Place {
    pub(super) fn of(method: &str, path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let decode = |part: &str| Some(percent_decode_str(part).decode_utf8_lossy().into_owned());
        let none = Self { endpoint: Endpoint::Other, package: None, track: None, edit: None };
        match (method, parts.as_slice()) {
            ("POST", ["token"]) => Self { endpoint: Endpoint::Token, ..none },
            ("GET", ["v1beta1", "apps:search"]) => Self { endpoint: Endpoint::Search, ..none },
            ("GET", ["v1beta1", "apps", app]) => match app.strip_suffix(":fetchReleaseFilterOptions") {
                Some(app) => Self { endpoint: Endpoint::FilterOptions, package: decode(app), ..none },
                None => none,
            },
            (_, ["androidpublisher", "v3", "applications", app, rest @ ..]) => {
                let (endpoint, track, edit) = match (method, rest) {
                    ("POST", ["edits"]) => (Endpoint::OpenEdit, None, None),
                    ("GET", ["edits", id, "tracks"]) => (Endpoint::Tracks, None, decode(id)),
                    ("GET", ["edits", id, "details"]) => (Endpoint::Details, None, decode(id)),
                    ("GET", ["edits", id, "listings", _, "icon"]) => (Endpoint::Icon, None, decode(id)),
                    ("DELETE", ["edits", id]) => (Endpoint::CloseEdit, None, decode(id)),
                    ("GET", ["tracks", track, "releases"]) => (Endpoint::Lifecycle, decode(track), None),
                    _ => return none,
                };
                Self { endpoint, package: decode(app), track, edit }
            }
            _ => none,
        }
    }
}
