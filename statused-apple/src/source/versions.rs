//! Apps and their versions, as the list of apps shows them.

use chrono::{DateTime, Utc};
use statused_core::model::{AppInfo, Details, Observation, Status, SubjectKey, SubjectKind};

use super::checkpoint::LongList;
use super::{console, status};
use crate::client::Pages;
use crate::wire::{Included, Linked, Resource};

/// One version, as one look showed it.
#[derive(Clone, Debug)]
pub(super) struct VersionSeen {
    pub(super) id: String,
    pub(super) status: Status,
    version: Option<String>,
    platform: Option<String>,
    created: Option<DateTime<Utc>>,
    /// When Apple said so, by its own clock.
    looked_at: Option<DateTime<Utc>>,
    /// The review submission with unresolved issues, where that is why the status is what it is.
    unresolved_in: Option<String>,
}

impl VersionSeen {
    /// `None` when the resource does not say its state.
    pub(super) fn read(resource: &Resource, looked_at: Option<DateTime<Utc>>) -> Option<Self> {
        Some(Self {
            id: resource.id.clone(),
            status: status::version(resource.text("appVersionState"), resource.text("appStoreState"))?,
            version: resource.text("versionString").map(str::to_owned),
            platform: resource.text("platform").map(str::to_owned),
            created: resource.date("createdDate"),
            looked_at,
            unresolved_in: None,
        })
    }

    /// The reviewers have found issues: to the list that is still a review, to people it is a rejection.
    pub(super) fn reject(&mut self, submission: &str, looked_at: Option<DateTime<Utc>>) {
        self.status = Status::Rejected;
        self.looked_at = self.looked_at.max(looked_at);
        self.unresolved_in = Some(submission.to_owned());
    }

    pub(super) fn subject(&self) -> SubjectKey {
        SubjectKey::new(SubjectKind::Version, &*self.id)
    }

    pub(super) fn details(&self, app: &str) -> Details {
        let mut details = Details::new();
        details.version.clone_from(&self.version);
        details.platform.clone_from(&self.platform);
        details.born_at = self.created;
        details.console_url = Some(match &self.unresolved_in {
            Some(submission) => console::submission(app, submission),
            None => console::version(app, self.platform.as_deref(), &self.status),
        });
        details.reason = self.unresolved_in.is_some().then(|| "UNRESOLVED_ISSUES".to_owned());
        details
    }

    pub(super) fn observation(&self, app: &str, now: DateTime<Utc>) -> Observation {
        let mut seen = Observation::new(self.subject(), self.status.clone(), now).with_details(self.details(app));
        seen.looked_at = self.looked_at;
        seen
    }

    /// The order in which changes are told. Apple's own order is not guaranteed.
    pub(super) fn age(&self) -> (Option<DateTime<Utc>>, &str) {
        (self.created, &self.id)
    }
}

/// One app, as the list showed it.
#[derive(Debug)]
pub(super) struct AppSeen {
    pub(super) id: String,
    pub(super) info: AppInfo,
    /// Whether the app has an icon of its own; if not, that of its newest build serves.
    pub(super) has_icon: bool,
    pub(super) versions: Vec<VersionSeen>,
    /// Whether all of its versions are there.
    pub(super) complete: bool,
    /// Whether the list is older than one that was seen before, so that none of it counts.
    pub(super) old: bool,
    /// How many versions it has, if that is more than the list shows.
    pub(super) longer: Option<usize>,
    /// How a list that was too long for the list of apps is in truth, if that was asked for.
    pub(super) long: Option<LongList>,
}

impl AppSeen {
    /// The newest version, as far as the list has dates.
    pub(super) fn newest(&self) -> Option<&VersionSeen> {
        self.newest_of(|_| true)
    }

    /// The newest version that is or was live.
    pub(super) fn newest_live(&self) -> Option<&VersionSeen> {
        self.newest_of(|version| status::has_been_live(&version.status))
    }

    fn newest_of(&self, counts: impl Fn(&VersionSeen) -> bool) -> Option<&VersionSeen> {
        let dated = self.versions.iter().filter(|version| version.created.is_some() && counts(version));
        dated.max_by(|a, b| a.age().cmp(&b.age()))
    }

    pub(super) fn shows(&self, version: &str) -> bool {
        self.versions.iter().any(|shown| shown.id == version)
    }

    /// Leaves out all that an old list says.
    pub(super) fn discredit(&mut self) {
        self.versions.clear();
        (self.complete, self.old) = (false, true);
    }

    /// Puts a complete list in the place of a cut one.
    pub(super) fn replace_versions(&mut self, pages: &Pages) {
        self.versions = pages.data.iter().filter_map(|version| VersionSeen::read(version, pages.at)).collect();
        self.complete = pages.broken == 0 && self.versions.len() == pages.data.len();
        if let Some(total) = self.longer.take_if(|_| self.complete) {
            let current = self.versions.iter().filter(|version| version.status != Status::ReplacedWithNewVersion);
            let mut current: Vec<_> = current.map(|version| version.id.clone()).collect();
            current.sort();
            self.long = Some(LongList { total, current });
        }
    }

    fn read(resource: &Resource, included: &Included<'_>, at: Option<DateTime<Utc>>) -> Self {
        let mut info = AppInfo::new();
        info.name = resource.text("name").map(str::to_owned);
        info.bundle_id = resource.text("bundleId").map(str::to_owned);
        let icon = resource.linked("appStoreIcon", included);
        info.icon_url = icon.found().and_then(|icon| icon.image("iconAsset"));
        let mut app = Self {
            id: resource.id.clone(),
            has_icon: matches!(icon, Linked::Missing) || info.icon_url.is_some(),
            info,
            versions: Vec::new(),
            complete: false,
            old: false,
            longer: None,
            long: None,
        };
        if let Some((ids, total)) = resource.linked_ids("appStoreVersions") {
            let seen = ids.iter().filter_map(|id| VersionSeen::read(included.get("appStoreVersions", id)?, at));
            app.versions = seen.collect();
            app.longer = (total > ids.len()).then_some(total);
            app.complete = app.versions.len() == ids.len() && app.longer.is_none();
        }
        app
    }
}

/// Reads the list of apps.
pub(super) fn read(pages: &Pages) -> Vec<AppSeen> {
    let included = Included::new(&pages.included);
    pages.data.iter().map(|resource| AppSeen::read(resource, &included, pages.at)).collect()
}
