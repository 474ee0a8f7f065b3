//! The documents of the fake's answers: what has its default value is left out.

use serde_json::{Map, Value, json};

use super::state::Oddities;
use super::world::{App, Release, World, current, declared};

/// `apps:search`: a page from an offset on.
pub(super) fn search(world: &World, offset: usize, size: usize) -> Value {
    let shown: Vec<_> = world.apps.iter().filter(|(_, app)| !app.hidden).collect();
    let page = shown.iter().skip(offset).take(size);
    let apps = page.map(
        |(package, app)| json!({"name": format!("apps/{package}"), "packageName": package, "displayName": app.name}),
    );
    let mut document = list("apps", apps);
    if offset + size < shown.len() {
        document["nextPageToken"] = json!(format!("from-{}", offset + size));
    }
    document
}

/// `fetchReleaseFilterOptions`.
pub(super) fn filter_options(app: &App) -> Value {
    let tracks = app.tracks.iter().filter_map(|(track, releases)| {
        let serving = current(releases).filter(|release| release.is_published());
        let serving: Vec<_> = serving
            .map(|release| {
                let codes: Vec<_> = release.codes.iter().map(ToString::to_string).collect();
                json!({"displayName": release.name, "versionCodes": codes})
            })
            .collect();
        let kind = match track.as_str() {
            "production" => "Production",
            "internal" => "Internal testing",
            "beta" => "Open testing",
            _ => "Closed testing",
        };
        (!serving.is_empty()).then(|| json!({"type": kind, "displayName": track, "servingReleases": serving}))
    });
    list("tracks", tracks)
}

/// `edits.tracks.list`.
pub(super) fn tracks(app: &App, oddities: &Oddities) -> Value {
    let tracks = app.tracks.iter().map(|(track, releases)| {
        let mut document = list("releases", declared(releases).map(|release| track_release(release, oddities)));
        document["track"] = json!(track);
        document
    });
    let mut document = list("tracks", tracks);
    document["kind"] = json!("androidpublisher#tracksListResponse");
    document
}

fn track_release(release: &Release, oddities: &Oddities) -> Value {
    let codes = release.codes.iter().map(|code| code_of(*code, !oddities.swap_codes));
    let mut document = list("versionCodes", codes);
    document["status"] = json!(release.status);
    if !release.name.is_empty() {
        document["name"] = json!(release.name);
    }
    if let Some(fraction) = release.fraction {
        document["userFraction"] = json!(fraction);
    }
    document
}

/// `applications.tracks.releases.list`. `None`: the track never carried anything.
pub(super) fn lifecycle(app: &App, track: &str, oddities: &Oddities) -> Option<Value> {
    let releases = app.tracks.get(track).filter(|releases| !releases.is_empty())?;
    let summaries = current(releases).map(|release| {
        let artifact = |code: &u64| json!({"versionCode": code_of(*code, oddities.swap_codes)});
        let mut document = list("activeArtifacts", release.codes.iter().map(artifact));
        document["track"] = json!(track);
        document["releaseLifecycleState"] = json!(format!("RELEASE_LIFECYCLE_STATE_{}", release.state));
        if !release.name.is_empty() {
            document["releaseName"] = json!(release.name);
        }
        document
    });
    Some(list("releases", summaries))
}

/// `edits.details`: with how to reach the app's people, which nobody should keep.
pub(super) fn details() -> Value {
    json!({"defaultLanguage": "en-US", "contactEmail": "jane.doe@example.com", "contactPhone": "+1 555 0100"})
}

/// `edits.images.list`.
pub(super) fn icon(app: &App) -> Value {
    list("images", app.icon.iter().map(|url| json!({"id": "1", "url": url, "sha1": "0", "sha256": "0"})))
}

fn code_of(code: u64, as_text: bool) -> Value {
    if as_text { json!(code.to_string()) } else { json!(code) }
}

/// An object with a list, or without it if it is empty.
fn list(name: &str, items: impl Iterator<Item = Value>) -> Value {
    let items: Vec<_> = items.collect();
    let mut object = Map::new();
    if !items.is_empty() {
        object.insert(name.to_owned(), Value::Array(items));
    }
    Value::Object(object)
}
