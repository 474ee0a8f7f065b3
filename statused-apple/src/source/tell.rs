//! What a poll reports of what it saw.

use std::collections::{BTreeMap, BTreeSet};

use statused_core::model::{AggregateKey, Sighting, Status, SubjectKey, SubjectKind};

use super::builds::{BuildList, BuildSeen};
use super::checkpoint::AppMemory;
use super::phased::Look;
use super::round::{Apps, Builds, Looks, Round, Verdicts};
use super::versions::{AppSeen, VersionSeen};
use super::{review, status};

impl Round<'_> {
    pub(super) fn tell_builds(
        &mut self,
        lists: &[Builds],
        direct: &Option<BuildList>,
        apps: &Apps,
        verified: &BTreeSet<String>,
    ) {
        let listed = lists.iter().flat_map(|builds| &builds.list.builds).filter(|build| !verified.contains(&build.id));
        let looked_at = direct.iter().flat_map(|list| &list.builds);
        let mut builds: BTreeMap<&str, &BuildSeen> = listed.map(|build| (build.id.as_str(), build)).collect();
        builds.extend(looked_at.map(|build| (build.id.as_str(), build)));
        let mut builds: Vec<_> = builds.into_values().collect();
        builds.sort_by_key(|build| (build.uploaded, &build.id));

        for chunk in lists {
            let Some(horizon) = chunk.list.horizon else { continue };
            for app in &chunk.apps {
                let sighting = self.sighting(app);
                sighting.covered.insert(SubjectKind::Build, horizon);
                sighting.covered.insert(SubjectKind::TestFlight, horizon);
            }
        }
        let now = self.request.now;
        for build in builds {
            let sighting = self.sighting(&build.app);
            sighting.observations.extend(build.observations(now));
            // Oldest first, so that the newest build's icon stays.
            if apps.seen.get(&build.app).is_some_and(|app| !app.has_icon) && build.icon.is_some() {
                sighting.app.icon_url.clone_from(&build.icon);
            }
            match &build.unsettled {
                Some(unsettled) => self.memory.builds.insert(build.id.clone(), unsettled.clone()),
                None => self.memory.builds.remove(&build.id),
            };
        }
    }

    pub(super) fn tell_versions(&mut self, apps: Apps, mut looks: Looks, verdicts: &Verdicts) {
        if apps.whole {
            self.memory.apps.retain(|id, _| apps.seen.contains_key(id));
            self.memory.builds.retain(|_, build| apps.seen.contains_key(&build.app));
        }
        let verified: BTreeSet<String> = self
            .request
            .verify
            .iter()
            .filter(|(_, subject)| matches!(subject.kind, SubjectKind::Version | SubjectKind::PhasedRelease))
            .map(|(_, subject)| subject.id.clone())
            .collect();
        for app in apps.seen.into_values() {
            self.tell_app(app, &mut looks, verdicts, &verified);
        }
        // Subjects to verify of apps that the list did not show.
        for (_, (app, look)) in looks {
            let Some(look) = look else { continue };
            let mut memory = self.memory.apps.get(&app).cloned().unwrap_or_default();
            let known = memory.known;
            let mut version = look.version.clone();
            let clear =
                version.as_mut().is_some_and(|version| review::judge(version, &mut memory, verdicts.of(&app), known));
            if known {
                if let Some(version) = &look.version
                    && status::has_been_live(&version.status)
                    && let Some(phase) = look.learn(memory.phased.get(&version.id).copied(), known)
                {
                    memory.phased.insert(version.id.clone(), phase);
                }
                self.memory.apps.insert(app.clone(), memory);
            }
            self.tell_look(&app, version.filter(|_| clear).as_ref(), Some(&look));
        }
    }

    fn tell_app(&mut self, app: AppSeen, looks: &mut Looks, verdicts: &Verdicts, verified: &BTreeSet<String>) {
        let mut memory = self.memory.apps.get(&app.id).cloned().unwrap_or_default();
        let known = memory.known;
        let sighting = self.sighting(&app.id);
        sighting.app.name.clone_from(&app.info.name);
        sighting.app.bundle_id.clone_from(&app.info.bundle_id);
        if app.info.icon_url.is_some() {
            sighting.app.icon_url.clone_from(&app.info.icon_url);
        }
        forget_the_past(&mut memory, &app);

        if app.complete {
            memory.newest = app.newest().map(|version| version.id.clone());
            memory.live = app.newest_live().map(|version| version.id.clone()).or(memory.live);
        }
        // A version to verify that the list does not show belongs to the app all the same.
        let listed: BTreeSet<_> = app.versions.iter().map(|version| version.id.clone()).collect();
        let mut versions: Vec<(VersionSeen, Option<Look>)> = Vec::new();
        let (mut complete, mut phased) = (app.complete, app.complete);
        for version in app.versions {
            let look = match looks.remove(&version.id) {
                None => None,
                Some((_, Some(look))) => Some(look),
                Some((_, None)) => {
                    phased = false;
                    // The list's word does not count for a version that is to be verified.
                    if verified.contains(&version.id) {
                        continue;
                    }
                    None
                }
            };
            phased &= look.as_ref().is_none_or(|look| !look.is_unclear());
            let shown = if verified.contains(&version.id) {
                look.as_ref().and_then(|look| look.version.clone())
            } else {
                Some(version)
            };
            versions.extend(shown.map(|version| (version, look)));
        }
        let others: Vec<_> = looks
            .iter()
            .filter(|(id, (of, _))| *of == app.id && !listed.contains(*id))
            .map(|(id, _)| id.clone())
            .collect();
        for id in others {
            if let Some((_, Some(look))) = looks.remove(&id)
                && let Some(version) = look.version.clone()
            {
                versions.push((version, Some(look)));
            }
        }
        versions.sort_by(|(a, _), (b, _)| a.age().cmp(&b.age()));
        for (mut version, look) in versions {
            if status::has_been_live(&version.status)
                && let Some(look) = &look
                && let Some(phase) = look.learn(memory.phased.get(&version.id).copied(), known)
            {
                memory.phased.insert(version.id.clone(), phase);
            }
            let clear = review::judge(&mut version, &mut memory, verdicts.of(&app.id), known);
            if clear {
                self.tell_look(&app.id, Some(&version), look.as_ref());
            } else {
                complete = complete && known;
            }
        }
        let sighting = self.sighting(&app.id);
        if complete {
            sighting.covered.insert(SubjectKind::Version, None);
        }
        if phased {
            sighting.covered.insert(SubjectKind::PhasedRelease, None);
        }
        memory.known |= complete;
        self.memory.apps.insert(app.id, memory);
    }

    fn tell_look(&mut self, app: &str, version: Option<&VersionSeen>, look: Option<&Look>) {
        let now = self.request.now;
        let Some(version) = version else { return };
        let asked = |(_, subject): &(AggregateKey, SubjectKey)| {
            subject.kind == SubjectKind::PhasedRelease && subject.id == version.id
        };
        let rollout = look
            .filter(|_| status::has_been_live(&version.status) || self.request.verify.iter().any(asked))
            .and_then(|look| look.observation(version, app, now));
        let sighting = self.sighting(app);
        sighting.observations.push(version.observation(app, now));
        sighting.observations.extend(rollout);
    }

    pub(super) fn sighting(&mut self, app: &str) -> &mut Sighting {
        self.sightings.entry(AggregateKey::App(self.request.source.clone(), app.into())).or_default()
    }
}

/// Drops what is remembered of versions that were replaced or are gone.
fn forget_the_past(memory: &mut AppMemory, app: &AppSeen) {
    let status_of = |id: &str| app.versions.iter().find(|version| version.id == id).map(|version| &version.status);
    let stays = |id: &str| match status_of(id) {
        Some(status) => *status != Status::ReplacedWithNewVersion,
        // A cut list proves no absence.
        None => !app.complete || app.longer.is_some(),
    };
    memory.phased.retain(|id, _| stays(id));
    memory.unresolved.retain(|id, _| stays(id));
    if app.longer.is_none() && app.complete {
        memory.long.clone_from(&app.long);
    }
}
