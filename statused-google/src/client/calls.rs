//! The methods of Google's APIs that a watcher needs. Nothing is ever published: edits are opened, read and discarded.

use std::sync::{Arc, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::Client;
use super::answers::{AppFound, FilterOptions, Lifecycle, TrackList, or_default};
use super::error::{ApiError, ApiErrorKind};
use super::exchange::Request;

/// All that is not unreserved in an address.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// More pages than any account has; a list that never ends must not be followed for ever.
const MOST_PAGES: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchPage {
    #[serde(default, deserialize_with = "or_default")]
    apps: Vec<AppFound>,
    #[serde(default, deserialize_with = "or_default")]
    next_page_token: String,
}

#[derive(Deserialize)]
struct AppEdit {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
}

/// Of an app's details, only this: the rest is how to reach its people.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppDetails {
    #[serde(default, deserialize_with = "or_default")]
    default_language: String,
}

#[derive(Deserialize)]
struct Images {
    #[serde(default, deserialize_with = "or_default")]
    images: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(default, deserialize_with = "or_default")]
    url: String,
}

/// What an edit shows.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EditView {
    /// The tracks.
    pub tracks: TrackList,
    /// The address of the app's icon, if it was asked for and there is one.
    pub icon: Option<String>,
}

impl EditView {
    /// Tracks without an icon.
    pub fn new(tracks: TrackList) -> Self {
        Self { tracks, icon: None }
    }
}

impl Client {
    /// The apps that the service account may see: `apps:search`.
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified.
    pub async fn search(&self) -> Result<Vec<AppFound>, ApiError> {
        const PLACE: &str = "apps.search";
        let mut url = self.at(&self.shared.reporting, "/v1beta1/apps:search");
        let mut apps = Vec::new();
        let mut token = String::new();
        for _ in 0..MOST_PAGES {
            url.query_pairs_mut().clear().append_pair("pageSize", "1000");
            if !token.is_empty() {
                url.query_pairs_mut().append_pair("pageToken", &token);
            }
            let request = Request { method: Method::GET, url: url.clone(), place: PLACE.to_owned() };
            let page: SearchPage = self.fetch(&request).await?.answer;
            apps.extend(page.apps);
            if page.next_page_token.is_empty() {
                return Ok(apps);
            }
            if page.next_page_token == token {
                break;
            }
            token = page.next_page_token;
        }
        Err(ApiError::new(ApiErrorKind::BadData, PLACE, "the list does not end"))
    }

    /// The ids of the tracks on which an app is being served: `apps.fetchReleaseFilterOptions`. It opens no edit.
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified.
    pub async fn serving_tracks(&self, package: &str) -> Result<Vec<String>, ApiError> {
        let path = format!("/v1beta1/apps/{}:fetchReleaseFilterOptions", encode(package));
        let place = format!("apps.fetchReleaseFilterOptions of {package}");
        let request = Request { method: Method::GET, url: self.at(&self.shared.reporting, &path), place };
        Ok(self.fetch::<FilterOptions>(&request).await?.answer.tracks())
    }

    /// How far the releases of a track have come: `applications.tracks.releases.list`. A track that never carried any
    /// is unknown to it, which is [`ApiErrorKind::NotFound`].
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified; [`ApiErrorKind::Quota`] comes soon, as a 403 (`Listing releases quota exceeded.`).
    pub async fn lifecycle(&self, package: &str, track: &str) -> Result<Lifecycle, ApiError> {
        let path = format!("/{}/tracks/{}/releases", app(package), encode(track));
        let place = format!("tracks.releases.list of {package} ({track})");
        let answer = self.fetch(&self.publisher(Method::GET, &path, place)).await?;
        Ok(Lifecycle { at: answer.at, ..answer.answer })
    }

    /// The tracks of an app, through an edit that is opened, read and discarded; one at a time for each app.
    ///
    /// An edit that somebody has deleted or that has expired is opened again, once. Whether it can be discarded does not
    /// matter: the next one takes its place.
    ///
    /// # Errors
    ///
    /// [`ApiError`], classified. A failed look at the icon is none.
    pub async fn view_edit(&self, package: &str, icon: bool) -> Result<EditView, ApiError> {
        let turn = self.turn(package);
        let _alone = turn.lock().await;
        match self.view_one_edit(package, icon).await {
            Err(error) if error.kind == ApiErrorKind::EditGone => self.view_one_edit(package, icon).await,
            other => other,
        }
    }

    async fn view_one_edit(&self, package: &str, icon: bool) -> Result<EditView, ApiError> {
        let edits = format!("/{}/edits", app(package));
        let insert = format!("edits.insert of {package}");
        let edit: AppEdit = self.fetch(&self.publisher(Method::POST, &edits, insert.clone())).await?.answer;
        if edit.id.is_empty() {
            return Err(ApiError::new(ApiErrorKind::BadData, insert, "the edit has no id"));
        }
        let edit = format!("{edits}/{}", encode(&edit.id));
        let list = format!("edits.tracks.list of {package}");
        let tracks = self.fetch::<TrackList>(&self.publisher(Method::GET, &format!("{edit}/tracks"), list)).await;
        let icon = if icon && tracks.is_ok() { self.icon(package, &edit).await.ok().flatten() } else { None };
        let gone = matches!(&tracks, Err(error) if error.kind == ApiErrorKind::EditGone);
        if !gone {
            let delete = format!("edits.delete of {package}");
            // The edit of the next look takes the place of one that stays.
            self.send(&self.publisher(Method::DELETE, &edit, delete)).await.ok();
        }
        let tracks = tracks?;
        Ok(EditView { tracks: TrackList { at: tracks.at, ..tracks.answer }, icon })
    }

    async fn icon(&self, package: &str, edit: &str) -> Result<Option<String>, ApiError> {
        let details = self.publisher(Method::GET, &format!("{edit}/details"), format!("edits.details of {package}"));
        let language = self.fetch::<AppDetails>(&details).await?.answer.default_language;
        if language.is_empty() {
            return Ok(None);
        }
        let path = format!("{edit}/listings/{}/icon", encode(&language));
        let images = self.publisher(Method::GET, &path, format!("edits.images.list of {package}"));
        let first = self.fetch::<Images>(&images).await?.answer.images.into_iter().next();
        Ok(first.map(|image| image.url).filter(|url| url.starts_with("https://")))
    }

    fn publisher(&self, method: Method, path: &str, place: String) -> Request {
        Request { method, url: self.at(&self.shared.publisher, path), place }
    }

    /// An address below a base. The path is encoded already.
    fn at(&self, base: &Url, path: &str) -> Url {
        let mut url = base.clone();
        url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
        url
    }

    /// Whose turn it is with the edits of an app.
    fn turn(&self, package: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.shared.edits.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(package.to_owned()).or_default())
    }
}

fn app(package: &str) -> String {
    format!("androidpublisher/v3/applications/{}", encode(package))
}

fn encode(part: &str) -> String {
    // A part of dots alone leads elsewhere, however it is encoded; nothing has such a name.
    if part.bytes().all(|byte| byte == b'.') {
        return "-".to_owned();
    }
    utf8_percent_encode(part, RESERVED).to_string()
}
