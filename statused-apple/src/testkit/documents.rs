//! Which document answers a question.

use std::cmp::Reverse;

use serde_json::Value;

use super::entities::{self, View};
use super::post::Post;
use super::render::{Entity, Renderer};
use super::world::World;
use super::{Endpoint, asset, beta, webhook};

pub(super) fn document(
    world: &World,
    post: &Post,
    view: View,
    endpoint: Endpoint,
    path: &str,
    pairs: &[(String, String)],
    renderer: &Renderer<'_>,
) -> Option<Value> {
    let question = renderer.question;
    let id = path.split('/').nth(3).unwrap_or_default();
    let list = match endpoint {
        Endpoint::Apps => {
            let apps = world.apps.iter();
            apps.filter(|(id, app)| question.admits("id", id) && question.admits("bundleId", &app.bundle_id))
                .map(|(id, app)| entities::app(world, id, app, view, question.nested))
                .collect()
        }
        Endpoint::AppVersions => {
            world.apps.get(id)?;
            let versions = entities::versions_of(world, id, view).into_iter();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            versions
                .filter(|version| question.admits("id", &version.id))
                .filter(|version| question.admits("platform", &text(&version.attributes["platform"])))
                .filter(|version| question.admits("appVersionState", &text(&version.attributes["appVersionState"])))
                .collect()
        }
        Endpoint::Builds => {
            let mut builds: Vec<_> = world
                .builds
                .iter()
                .filter(|(id, build)| {
                    world.apps.contains_key(&build.app)
                        && question.admits("id", id)
                        && question.admits("app", &build.app)
                        && question.admits("processingState", &build.processing)
                })
                .collect();
            if question.newest_first {
                builds.sort_by_key(|(_, build)| Reverse(build.uploaded));
            }
            builds.into_iter().map(|(id, build)| entities::build(world, id, build)).collect()
        }
        Endpoint::Reviews => {
            let submissions = world.submissions.iter();
            submissions
                .filter(|(_, it)| {
                    question.admits("app", &it.app)
                        && question.admits("state", &it.state)
                        && question.admits("platform", &it.platform)
                })
                .map(|(id, it)| entities::submission(world, id, it))
                .collect()
        }
        Endpoint::AppWebhooks => {
            world.apps.get(id)?;
            let mine = post.hooks.iter().filter(|(_, hook)| hook.app == id);
            mine.map(|(id, hook)| webhook::hook(id, hook)).collect()
        }
        Endpoint::Deliveries => {
            post.hooks.get(id)?;
            let since = question.since.unwrap_or_default();
            let mine = post.log.iter().rev().filter(|entry| entry.hook == id && entry.created >= since);
            mine.map(webhook::delivery).collect()
        }
        Endpoint::BetaDetails => {
            let builds = world.builds.iter().filter(|(id, _)| question.admits("build", id));
            let details = builds.filter_map(|(id, build)| entities::detail(world, id, build));
            details.filter(|detail| question.admits("id", &detail.id)).collect()
        }
        single => return Some(renderer.single(path, one(world, post, single, id)?)),
    };
    Some(renderer.page(path, pairs, list))
}

/// The one resource that a path names.
fn one(world: &World, post: &Post, endpoint: Endpoint, id: &str) -> Option<Entity> {
    let feedback = |crash: bool| {
        let found = world.feedback.get(id).filter(|feedback| feedback.crash == crash)?;
        Some(beta::feedback(world, id, found))
    };
    let release = |kind| world.assets.iter().find_map(|(asset_id, it)| asset::release(id, asset_id, it, kind));
    match endpoint {
        Endpoint::Version => Some(entities::version(world, id, world.versions.get(id)?)),
        Endpoint::BetaDetail => {
            let (build_id, build) = world.builds.iter().find(|(build, _)| entities::detail_id(build) == id)?;
            entities::detail(world, build_id, build)
        }
        Endpoint::BuildUpload => Some(beta::upload(world, id, world.uploads.get(id)?)),
        Endpoint::CrashFeedback => feedback(true),
        Endpoint::ScreenshotFeedback => feedback(false),
        Endpoint::AssetVersion => Some(asset::version(id, world.assets.get(id)?)),
        Endpoint::AssetInternalRelease => release(asset::RELEASES[0]),
        Endpoint::AssetExternalRelease => release(asset::RELEASES[1]),
        Endpoint::AssetStoreRelease => release(asset::RELEASES[2]),
        Endpoint::Webhook => Some(webhook::hook(id, post.hooks.get(id)?)),
        _ => None,
    }
}
