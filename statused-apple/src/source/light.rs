//! A round that asks only what no push tells.

use std::collections::BTreeSet;

use statused_core::model::SubjectKind;
use statused_core::source::{PollReport, SourceError};

use super::round::{Apps, Looks, Round, Verdicts};
use super::troubles::Part;
use super::{plan, status};
use crate::webhooks::Webhooks;
use crate::wire::List;

impl Round<'_> {
    /// Phased releases, builds under way, rejections that show on the submission alone, and the account's standing.
    pub(super) async fn light(mut self, webhooks: &Webhooks) -> Result<PollReport, SourceError> {
        let found = self.look_at_others().await?;
        let mut builds = self.builds_to_verify().await?;
        let verified = builds.clone();
        builds.extend(found.iter().filter_map(|found| found.build()).map(str::to_owned));
        builds.extend(self.memory.builds.keys().cloned());
        builds.extend(self.source.pace().builds.keys().cloned());
        let direct = self.look_at_builds(&[], &builds).await?;
        if let Some(direct) = &direct {
            // From here on the checkpoint remembers those that are still under way.
            self.source.pace().builds.retain(|id, _| !direct.ids.contains(id));
        }

        let under_review = self.source.pace().under_review(webhooks);
        let under_review: Vec<String> = under_review.into_iter().collect();
        let verdicts = self.list_reviews_of(&under_review).await?;
        let mut looks = self.versions_to_verify();
        looks.extend(self.rollouts(webhooks));
        looks.extend(self.verdicts_changed(&verdicts, &under_review));
        let looks = self.look_at_versions(looks).await?;

        if self.client.sent() == 0 {
            let answer = self.client.look::<List>(plan::APPS, &plan::any_app()).await;
            self.troubles.settle(Part::Apps, answer)?;
        }
        if !self.troubles.answered {
            return Err(self.failure());
        }
        self.tell_builds(&[], &direct, &Apps::default(), &verified);
        self.tell_versions(Apps::default(), looks, &verdicts);
        self.tell_found(&found, &direct);
        Ok(self.finish())
    }

    /// Rollouts under way, and versions that pushes have told to be live.
    fn rollouts(&self, webhooks: &Webhooks) -> Looks {
        let mut looks = Looks::new();
        for (app, memory) in &self.memory.apps {
            let open = memory.phased.iter().filter(|(_, phase)| phase.is_open());
            looks.extend(open.map(|(version, _)| (version.clone(), (app.clone(), None))));
        }
        for (app, subject, told) in webhooks.told() {
            let known = self.memory.apps.get(&app).is_some_and(|memory| memory.phased.contains_key(&subject.id));
            if subject.kind == SubjectKind::Version && status::has_been_live(&told) && !known {
                looks.insert(subject.id, (app, None));
            }
        }
        looks
    }

    /// Versions whose submission has come to have unresolved issues, or has none any more.
    fn verdicts_changed(&self, verdicts: &Verdicts, apps: &[String]) -> Looks {
        let unresolved: BTreeSet<&str> = verdicts.reviews.unresolved().collect();
        let mut looks = Looks::new();
        for app in apps.iter().filter(|app| verdicts.answered.contains(*app)) {
            let Some(memory) = self.memory.apps.get(app) else { continue };
            let gone = memory.unresolved.keys().filter(|version| !unresolved.contains(version.as_str()));
            looks.extend(gone.map(|version| (version.clone(), (app.clone(), None))));
        }
        let known = |version: &str| self.memory.apps.values().any(|memory| memory.unresolved.contains_key(version));
        for version in unresolved.into_iter().filter(|version| !known(version)) {
            if let Some(app) = verdicts.reviews.app_of(version) {
                looks.insert(version.to_owned(), (app.to_owned(), None));
            }
        }
        looks
    }
}
