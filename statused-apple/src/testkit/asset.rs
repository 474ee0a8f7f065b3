//! Apple-hosted asset packs.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::entities::moment;
use super::render::{Entity, Relation};
use super::{FakeApp, FakeAppStoreConnect};
use crate::webhooks::EventType;

#[derive(Clone, Debug)]
pub(super) struct AssetVersion {
    app: String,
    pack: String,
    version: String,
    state: String,
    errors: Vec<(String, String)>,
    created: DateTime<Utc>,
    /// Releases by their place: id and state.
    internal: Option<(String, String)>,
    external: Option<(String, String)>,
    store: Option<(String, String)>,
}

/// A version of an asset pack in the fake.
#[derive(Clone, Debug)]
pub struct FakeAssetVersion {
    fake: FakeAppStoreConnect,
    id: String,
}

impl FakeApp {
    /// Begins to upload a version of an asset pack; it is being processed.
    pub fn asset_version(&self, pack: &str, version: &str) -> FakeAssetVersion {
        let id = self.fake.change(|world| {
            let (id, created) = world.make();
            let new = AssetVersion {
                app: self.id.clone(),
                pack: pack.to_owned(),
                version: version.to_owned(),
                state: "PROCESSING".to_owned(),
                errors: Vec::new(),
                created,
                internal: None,
                external: None,
                store: None,
            };
            world.assets.insert(id.clone(), new);
            id
        });
        FakeAssetVersion { fake: self.fake.clone(), id }
    }
}

impl FakeAssetVersion {
    /// Apple's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Ends its processing with an error of this code and description.
    pub fn fail(&self, code: &str, description: &str) {
        let told = self.fake.change(|world| {
            let asset = world.assets.get_mut(&self.id)?;
            asset.errors.push((code.to_owned(), description.to_owned()));
            Some((asset.app.clone(), std::mem::replace(&mut asset.state, "FAILED".to_owned())))
        });
        let Some((app, before)) = told else { return };
        self.fake.push_state(&app, EventType::AssetVersionState, &self.id, Some(&before), Some("FAILED"));
    }

    /// Ends its processing well, and lets it be tested internally. Returns the release's id.
    pub fn release_internally(&self) -> String {
        let (app, id, _) = self.release("READY_FOR_TESTING", |asset| {
            "COMPLETE".clone_into(&mut asset.state);
            &mut asset.internal
        });
        self.fake.push_created(&app, EventType::AssetInternalBetaRelease, &id);
        id
    }

    /// Sets the state of its release to external testers. Returns the release's id.
    pub fn external(&self, state: &str) -> String {
        let (app, id, before) = self.release(state, |asset| &mut asset.external);
        self.fake.push_state(&app, EventType::AssetExternalBetaState, &id, before.as_deref(), Some(state));
        id
    }

    /// Sets the state of its release to the App Store. Returns the release's id.
    pub fn store(&self, state: &str) -> String {
        let (app, id, before) = self.release(state, |asset| &mut asset.store);
        self.fake.push_state(&app, EventType::AssetStoreState, &id, before.as_deref(), Some(state));
        id
    }

    /// The app, the release's id, and its state before.
    fn release(
        &self,
        state: &str,
        place: impl FnOnce(&mut AssetVersion) -> &mut Option<(String, String)>,
    ) -> (String, String, Option<String>) {
        self.fake.change(|world| {
            let (new, _) = world.make();
            let Some(asset) = world.assets.get_mut(&self.id) else { return Default::default() };
            let app = asset.app.clone();
            let place = place(asset);
            let before = place.as_ref().map(|(_, state)| state.clone());
            let (id, now) = place.get_or_insert((new, String::new()));
            state.clone_into(now);
            (app, id.clone(), before)
        })
    }
}

/// The kinds of release, by their resource's type.
pub(super) const RELEASES: [&str; 3] = [
    "backgroundAssetVersionInternalBetaReleases",
    "backgroundAssetVersionExternalBetaReleases",
    "backgroundAssetVersionAppStoreReleases",
];

pub(super) fn version(id: &str, asset: &AssetVersion) -> Entity {
    let errors: Vec<_> = asset.errors.iter().map(|(code, text)| json!({"code": code, "description": text})).collect();
    let attributes = json!({
        "createdDate": moment(asset.created),
        "platforms": ["IOS"],
        "state": asset.state,
        "stateDetails": {"errors": errors, "warnings": [], "infos": []},
        "version": asset.version,
        "locale": null,
    });
    let pack = json!({"assetPackIdentifier": asset.pack, "archived": false, "createdDate": moment(asset.created)});
    let pack = Entity::new("backgroundAssets", format!("pack-{}", asset.pack), pack);
    Entity::new("backgroundAssetVersions", id, attributes).with("backgroundAsset", Relation::One(Some(pack)))
}

/// The release of this type and id, if it is one of this version's.
pub(super) fn release(id: &str, asset_id: &str, asset: &AssetVersion, kind: &'static str) -> Option<Entity> {
    let places = [&asset.internal, &asset.external, &asset.store];
    let at = RELEASES.iter().position(|known| *known == kind)?;
    let (_, state) = places[at].as_ref().filter(|(release, _)| release == id)?;
    let of = version(asset_id, asset);
    Some(Entity::new(kind, id, json!({"state": state})).with("backgroundAssetVersion", Relation::One(Some(of))))
}
