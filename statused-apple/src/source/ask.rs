//! The questions of a poll.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use statused_core::model::{Status, SubjectKind};
use statused_core::source::{Scope, SourceError, SourceErrorKind};

use super::builds::BuildList;
use super::phased::Look;
use super::review::Reviews;
use super::round::{Apps, Builds, Looks, Round, Verdicts};
use super::troubles::Part;
use super::versions::{self, AppSeen, VersionSeen};
use super::{plan, status};
use crate::client::{ApiError, ApiErrorKind, Pages};
use crate::wire::{List, Single};

/// More apps are not asked about when their lists look old: the few tell what the many are.
const SUSPECTS: usize = 10;

impl Round<'_> {
    /// A. `None`: nothing is known of which apps there are.
    pub(super) async fn list_apps(&mut self) -> Result<Option<Apps>, SourceError> {
        let configured = &self.source.apps;
        let chunks: Vec<&[String]> =
            if configured.is_empty() { vec![&[]] } else { configured.chunks(plan::PAGE).collect() };
        let mut apps = Apps { seen: BTreeMap::new(), whole: true };
        let mut any = false;
        for chunk in chunks {
            if self.troubles.hold.is_some() {
                apps.whole = false;
                break;
            }
            let answer = self.ask_for_apps(chunk).await;
            // Refused credentials are refused everywhere; asking on would only look like an attack.
            if let Err(error) = &answer
                && matches!(error.kind, ApiErrorKind::Unauthorized | ApiErrorKind::Forbidden)
            {
                return Err(error.clone().into());
            }
            match self.troubles.settle(Part::Apps, answer)? {
                Some(pages) => {
                    any = true;
                    apps.whole &= pages.broken == 0;
                    apps.seen.extend(versions::read(&pages).into_iter().map(|app| (app.id.clone(), app)));
                }
                None => apps.whole = false,
            }
        }
        self.complain_of_apps(&apps);
        Ok(any.then_some(apps))
    }

    async fn ask_for_apps(&self, ids: &[String]) -> Result<Pages, ApiError> {
        let icons = self.source.icons.load(Ordering::Relaxed);
        let answer = self.client.list(plan::APPS, &plan::apps(ids, icons)).await;
        // `appStoreIcon` is younger than the rest of the request. It must not cost us the versions.
        if icons && matches!(&answer, Err(error) if error.kind == ApiErrorKind::Request && error.status == Some(400)) {
            let plain = self.client.list(plan::APPS, &plan::apps(ids, false)).await;
            if plain.is_ok() {
                self.source.icons.store(false, Ordering::Relaxed);
            }
            return plain;
        }
        answer
    }

    fn complain_of_apps(&mut self, apps: &Apps) {
        let hidden: Vec<_> =
            self.source.apps.iter().filter(|id| !apps.seen.contains_key(*id)).map(String::as_str).collect();
        if apps.whole && !hidden.is_empty() {
            let message = format!("the key does not show {}: check the ids, and the key's access", hidden.join(", "));
            self.troubles.note(Part::Apps, SourceError::new(SourceErrorKind::Credentials, message));
        }
        if let Some(first) = apps.seen.values().find(|app| !app.complete && app.longer.is_none()) {
            let message = format!("apps came without all of their versions, {} among them", first.id);
            self.troubles.note(Part::Apps, SourceError::new(SourceErrorKind::BadData, message));
        }
    }

    /// Where the list of apps shows only some of an app's versions, the newest may be missing. The cut list serves when
    /// nothing can be missing that matters: as many versions as at the last complete look, and all that were current.
    pub(super) async fn complete_long_lists(&mut self, apps: &mut Apps) -> Result<(), SourceError> {
        let mut wanted = Vec::new();
        for app in apps.seen.values_mut().filter(|app| app.longer.is_some()) {
            let shown: BTreeSet<_> = app.versions.iter().map(|version| version.id.as_str()).collect();
            let known = self.memory.apps.get(&app.id).and_then(|memory| memory.long.as_ref());
            let serves = known.is_some_and(|long| {
                Some(long.total) == app.longer && long.current.iter().all(|id| shown.contains(id.as_str()))
            });
            if serves {
                app.complete = true;
            } else {
                wanted.push(app.id.clone());
            }
        }
        let client = &self.client;
        let questions = wanted.into_iter().map(|app| async move {
            let (path, query) = plan::versions_of(&app);
            let answer = client.list(&path, &query).await;
            (app, answer)
        });
        let questions = questions.collect();
        for (id, pages) in self.troubles.gather(Part::LongLists, questions).await? {
            let Some(app) = apps.seen.get_mut(&id) else { continue };
            app.replace_versions(&pages);
        }
        // A list that stayed cut is no list.
        for app in apps.seen.values_mut().filter(|app| app.longer.is_some() && !app.complete) {
            app.versions.clear();
        }
        Ok(())
    }

    /// A list without the newest version that was seen before is an old one, as Apple once served for hours
    /// (fastlane #26626), unless that version was deleted. One that has been live cannot be; of any other, a direct look
    /// tells.
    pub(super) async fn doubt_old_lists(&mut self, apps: &mut Apps) -> Result<(), SourceError> {
        let mut old: BTreeSet<String> = BTreeSet::new();
        let mut suspects: Vec<(String, String)> = Vec::new();
        for app in apps.seen.values().filter(|app| app.complete) {
            let Some(memory) = self.memory.apps.get(&app.id) else { continue };
            let lacks = |version: &Option<String>| version.clone().filter(|version| !app.shows(version));
            if app.longer.is_none() && lacks(&memory.live).is_some() {
                old.insert(app.id.clone());
            } else if let Some(newest) = lacks(&memory.newest) {
                suspects.push((app.id.clone(), newest));
            }
        }
        let client = &self.client;
        let questions = suspects.iter().take(SUSPECTS).cloned().map(|(app, version)| async move {
            let (path, query) = plan::version(&version);
            let exists = match client.get::<Single>(&path, &query).await {
                Ok(_) => Ok(true),
                Err(error) if error.status == Some(404) => Ok(false),
                Err(error) => Err(error),
            };
            (app, exists)
        });
        let questions = questions.collect();
        let answers: BTreeMap<_, _> = self.troubles.gather(Part::OldLists, questions).await?.into_iter().collect();
        old.extend(suspects.into_iter().map(|(app, _)| app).filter(|app| answers.get(app) != Some(&false)));
        if let Some(app) = old.first() {
            let message =
                format!("old lists of versions, without the newest, came for apps like {app}: they are ignored");
            self.troubles.note(Part::OldLists, SourceError::new(SourceErrorKind::BadData, message));
        }
        apps.seen.values_mut().filter(|app| old.contains(&app.id)).for_each(AppSeen::discredit);
        Ok(())
    }

    /// B, one page for each two hundred apps.
    pub(super) async fn list_builds(&mut self, apps: &[String]) -> Result<Vec<Builds>, SourceError> {
        let mut lists = Vec::new();
        for chunk in apps.chunks(plan::PAGE) {
            if self.troubles.hold.is_some() {
                break;
            }
            let answer = self.client.look::<List>(plan::BUILDS, &plan::builds_of(chunk)).await;
            if let Some(list) = self.troubles.settle(Part::Builds, answer)? {
                lists.push(Builds { apps: chunk.to_vec(), list: BuildList::read(&list, &self.memory.builds) });
            }
        }
        Ok(lists)
    }

    /// C: versions that are out and whose phased release is not over or not known, and those to be verified.
    pub(super) fn versions_to_look_at(&self, apps: &Apps) -> Looks {
        let mut looks = self.versions_to_verify();
        for app in apps.seen.values() {
            let memory = self.memory.apps.get(&app.id);
            let phase = |version: &VersionSeen| memory.and_then(|memory| memory.phased.get(&version.id)).copied();
            let due = app.versions.iter().filter(|version| match phase(version) {
                None => version.status == Status::ReadyForSale,
                Some(phase) => phase.is_open() && status::has_been_live(&version.status),
            });
            looks.extend(due.map(|version| (version.id.clone(), (app.id.clone(), None))));
            // A rollout goes on while its app's list is an old one.
            let running = memory.filter(|_| app.old).into_iter().flat_map(|memory| &memory.phased);
            let running = running.filter(|(_, phase)| phase.is_open());
            looks.extend(running.map(|(version, _)| (version.clone(), (app.id.clone(), None))));
        }
        looks
    }

    /// Versions of which a direct look is wanted.
    pub(super) fn versions_to_verify(&self) -> Looks {
        let mut looks = Looks::new();
        for (aggregate, subject) in &self.request.verify {
            if let (Some(app), SubjectKind::Version | SubjectKind::PhasedRelease) = (aggregate.app(), &subject.kind) {
                looks.insert(subject.id.clone(), (app.as_str().to_owned(), None));
            }
        }
        looks
    }

    /// Looks at each of these versions.
    pub(super) async fn look_at_versions(&mut self, mut looks: Looks) -> Result<Looks, SourceError> {
        let named = self.request.scope == Scope::Named;
        let turn = self.take_turns(&looks);
        let client = &self.client;
        let questions = turn.into_iter().map(|version| async move {
            let (path, query) = plan::version(&version);
            let answer = client.look::<Single>(&path, &query).await;
            // A push may tell of what the API does not show yet.
            (version, if named { absent(answer) } else { answer.map(Some) })
        });
        let questions = questions.collect();
        for (version, answer) in self.troubles.gather(Part::Versions, questions).await? {
            let Some(answer) = answer else { continue };
            let look = Look::read(&answer);
            if look.is_unclear() {
                let message = format!("version {version} names a phased release that the answer lacks");
                self.troubles.note(Part::Versions, SourceError::new(SourceErrorKind::BadData, message));
            }
            if let Some(place) = looks.get_mut(&version) {
                place.1 = Some(look);
            }
        }
        Ok(looks)
    }

    /// D, for apps with a version under review.
    pub(super) async fn list_reviews(&mut self, apps: &Apps, looks: &Looks) -> Result<Verdicts, SourceError> {
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        for app in apps.seen.values() {
            let remembered = self.memory.apps.get(&app.id).is_some_and(|memory| !memory.unresolved.is_empty());
            if remembered || app.versions.iter().any(|version| status::in_review(&version.status)) {
                wanted.insert(&app.id);
            }
        }
        for (app, look) in looks.values() {
            let version = look.as_ref().and_then(|look| look.version.as_ref());
            if version.is_some_and(|version| status::in_review(&version.status)) {
                wanted.insert(app);
            }
        }
        let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        self.list_reviews_of(&wanted).await
    }

    /// The submissions under way of these apps.
    pub(super) async fn list_reviews_of(&mut self, wanted: &[String]) -> Result<Verdicts, SourceError> {
        let mut verdicts = Verdicts::default();
        for chunk in wanted.chunks(plan::PAGE) {
            let chunk_ids = chunk.iter().cloned();
            if self.troubles.hold.is_some() {
                verdicts.failed.extend(chunk_ids);
                continue;
            }
            let answer = self.client.list(plan::REVIEWS, &plan::reviews_of(chunk)).await;
            let refused =
                matches!(&answer, Err(error) if matches!(error.kind, ApiErrorKind::Forbidden | ApiErrorKind::Request));
            match self.troubles.settle(Part::Reviews, answer)? {
                Some(pages) => {
                    verdicts.reviews.extend(Reviews::read(&pages));
                    verdicts.answered.extend(chunk_ids);
                }
                None if refused => {}
                None => verdicts.failed.extend(chunk_ids),
            }
        }
        Ok(verdicts)
    }

    /// Builds that are named, and builds under way that the newest two hundred no longer show.
    pub(super) async fn look_at_builds(
        &mut self,
        lists: &[Builds],
        named: &BTreeSet<String>,
    ) -> Result<Option<BuildList>, SourceError> {
        let listed: BTreeSet<&str> = lists.iter().flat_map(|builds| &builds.list.ids).map(String::as_str).collect();
        let asked: BTreeSet<&str> = lists.iter().flat_map(|builds| &builds.apps).map(String::as_str).collect();
        let missed = self
            .memory
            .builds
            .iter()
            .filter(|(id, build)| asked.contains(build.app.as_str()) && !listed.contains(id.as_str()));
        let mut wanted = named.clone();
        wanted.extend(missed.map(|(id, _)| id.clone()));
        if wanted.is_empty() || self.troubles.hold.is_some() {
            return Ok(None);
        }
        let wanted: Vec<String> = wanted.into_iter().take(plan::PAGE).collect();
        let answer = self.client.look::<List>(plan::BUILDS, &plan::builds_by_id(&wanted)).await;
        let Some(list) = self.troubles.settle(Part::Builds, answer)? else { return Ok(None) };
        let read = BuildList::read(&list, &self.memory.builds);
        // A build that even its own id does not find is gone.
        for id in wanted.iter().filter(|id| !read.ids.contains(id)) {
            self.memory.builds.remove(id);
        }
        Ok(Some(read))
    }
}

/// An answer that says that there is no such thing is an answer.
pub(super) fn absent<T>(answer: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match answer {
        Err(error) if error.kind == ApiErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}
