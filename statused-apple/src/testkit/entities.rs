//! The fake's content as resources.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::render::{Entity, Relation};
use super::world::{App, Build, Submission, Version, World};

/// How version lists are shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct View {
    pub(super) oldest_first: bool,
    /// Hides the newest version of each app and platform, as the API once did for a day.
    pub(super) old_only: bool,
}

pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn image(template: Option<&String>) -> Value {
    template.map_or(Value::Null, |url| json!({"templateUrl": url, "width": 1024, "height": 1024}))
}

pub(super) fn app(world: &World, id: &str, app: &App, view: View, nested: usize) -> Entity {
    let versions = versions_of(world, id, view);
    let total = versions.len();
    let icon = app.icon.as_ref().map(|icon| {
        let attributes =
            json!({"iconAsset": image(Some(icon)), "iconType": "APP_STORE", "masked": false, "name": null});
        Entity::new("buildIcons", format!("icon-{id}"), attributes)
    });
    bare_app(id, app)
        .with("appStoreVersions", Relation::Many(versions.into_iter().take(nested).collect(), total))
        .with("appStoreIcon", Relation::One(icon))
}

fn bare_app(id: &str, app: &App) -> Entity {
    let attributes = json!({"name": app.name, "bundleId": app.bundle_id, "sku": id, "primaryLocale": "en-US"});
    Entity::new("apps", id, attributes)
}

pub(super) fn versions_of(world: &World, app: &str, view: View) -> Vec<Entity> {
    let mut versions: Vec<_> = world.versions.iter().filter(|(_, version)| version.app == app).collect();
    versions.sort_by_key(|(_, version)| Reverse(version.created));
    if view.old_only {
        let mut newest = BTreeMap::new();
        versions.retain(|(id, version)| newest.entry(&version.platform).or_insert(*id) != id);
    }
    if view.oldest_first {
        versions.reverse();
    }
    versions.into_iter().map(|(id, it)| version(world, id, it)).collect()
}

pub(super) fn version(world: &World, id: &str, version: &Version) -> Entity {
    let mut attributes = json!({
        "platform": version.platform,
        "versionString": version.version,
        "releaseType": "AFTER_APPROVAL",
        "reviewType": "APP_STORE",
        "earliestReleaseDate": null,
        "downloadable": true,
        "createdDate": moment(version.created),
    });
    if let Some(state) = &version.app_version_state {
        attributes["appVersionState"] = json!(state);
    }
    if let Some(state) = &version.app_store_state {
        attributes["appStoreState"] = json!(state);
    }
    let phased = version.phased.as_ref().map(|phased| {
        let started = phased.day.map(|_| moment(version.created));
        let attributes = json!({
            "phasedReleaseState": phased.state,
            "startDate": started,
            "totalPauseDuration": 0,
            "currentDayNumber": phased.day,
        });
        Entity::new("appStoreVersionPhasedReleases", id, attributes)
    });
    let app = world.apps.get(&version.app).map(|app| bare_app(&version.app, app));
    Entity::new("appStoreVersions", id, attributes)
        .with("app", Relation::One(app))
        .with("appStoreVersionPhasedRelease", Relation::One(phased))
}

pub(super) fn build(world: &World, id: &str, build: &Build) -> Entity {
    let attributes = json!({
        "version": build.number,
        "uploadedDate": moment(build.uploaded),
        "expired": build.expired,
        "processingState": build.processing,
        "buildAudienceType": "APP_STORE_ELIGIBLE",
        "iconAssetToken": image(build.icon.as_ref()),
        "usesNonExemptEncryption": false,
    });
    let release = Entity::new(
        "preReleaseVersions",
        format!("{}-{}-{}", build.app, build.platform, build.version),
        json!({"version": build.version, "platform": build.platform}),
    );
    let detail = bare_detail(id, build);
    let review = build.review.as_ref().map(|state| {
        let attributes = json!({"betaReviewState": state, "submittedDate": moment(build.uploaded)});
        Entity::new("betaAppReviewSubmissions", id, attributes)
    });
    let app = world.apps.get(&build.app).map(|app| bare_app(&build.app, app));
    Entity::new("builds", id, attributes)
        .with("app", Relation::One(app))
        .with("preReleaseVersion", Relation::One(Some(release)))
        .with("buildBetaDetail", Relation::One(detail))
        .with("betaAppReviewSubmission", Relation::One(review))
}

/// The id of a build's beta detail, which is not the build's.
pub(super) fn detail_id(build: &str) -> String {
    format!("d{}", build.get(1..).unwrap_or_default())
}

fn bare_detail(id: &str, build: &Build) -> Option<Entity> {
    let external = build.external.as_ref()?;
    let attributes = json!({
        "autoNotifyEnabled": false,
        "internalBuildState": "IN_BETA_TESTING",
        "externalBuildState": external,
    });
    Some(Entity::new("buildBetaDetails", detail_id(id), attributes))
}

pub(super) fn detail(world: &World, id: &str, of: &Build) -> Option<Entity> {
    Some(bare_detail(id, of)?.with("build", Relation::One(Some(build(world, id, of)))))
}

pub(super) fn submission(world: &World, id: &str, submission: &Submission) -> Entity {
    let attributes = json!({
        "platform": submission.platform,
        "submittedDate": moment(submission.submitted),
        "state": submission.state,
    });
    let app = world.apps.get(&submission.app).map(|app| bare_app(&submission.app, app));
    let of = submission.version.as_ref().and_then(|id| Some(version(world, id, world.versions.get(id)?)));
    Entity::new("reviewSubmissions", id, attributes)
        .with("app", Relation::One(app))
        .with("appStoreVersionForReview", Relation::One(of))
}
