//! Handles to what is true at the fake.

use super::FakeGooglePlay;
use super::world::{App, Release};

/// An app.
#[derive(Clone, Debug)]
pub struct FakeApp {
    fake: FakeGooglePlay,
    package: String,
}

/// A track of an app.
#[derive(Clone, Debug)]
pub struct FakeTrack {
    app: FakeApp,
    track: String,
}

/// A release on a track. Handles to releases of the same version codes on the same track are the same.
#[derive(Clone, Debug)]
pub struct FakeRelease {
    track: FakeTrack,
    codes: Vec<u64>,
}

impl FakeApp {
    pub(super) fn new(fake: FakeGooglePlay, package: &str) -> Self {
        Self { fake, package: package.to_owned() }
    }

    /// A track, by the store's id; made if there is none yet.
    pub fn track(&self, track: &str) -> FakeTrack {
        self.change(|app| {
            app.tracks.entry(track.to_owned()).or_default();
        });
        FakeTrack { app: self.clone(), track: track.to_owned() }
    }

    /// The address of its icon.
    pub fn icon(&self, url: &str) -> &Self {
        self.change(|app| app.icon = Some(url.to_owned()));
        self
    }

    /// Whether the search leaves it out.
    pub fn hidden(&self, hidden: bool) -> &Self {
        self.change(|app| app.hidden = hidden);
        self
    }

    /// Ends its open edit, as somebody does who opens one with the same service account.
    pub fn end_edit(&self) {
        self.fake.running.shared.lock().edits.remove(&self.package);
    }

    fn change(&self, change: impl FnOnce(&mut App)) {
        self.fake.change(|world| world.apps.get_mut(&self.package).map(change));
    }
}

impl FakeTrack {
    /// The release of these version codes; a draft is made if there is none yet.
    pub fn release(&self, name: &str, codes: impl IntoIterator<Item = u64>) -> FakeRelease {
        let codes: Vec<u64> = codes.into_iter().collect();
        self.change(|releases| {
            if releases.iter().all(|release| release.codes != codes) {
                releases.push(Release {
                    name: name.to_owned(),
                    codes: codes.clone(),
                    state: "DRAFT".to_owned(),
                    status: "draft".to_owned(),
                    fraction: None,
                    managed: false,
                    kept: false,
                });
            }
        });
        FakeRelease { track: self.clone(), codes }
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Release>)) {
        self.app.change(|app| change(app.tracks.entry(self.track.clone()).or_default()));
    }
}

impl FakeRelease {
    /// The developer edits it.
    pub fn draft(&self) -> Self {
        self.state("DRAFT").declare("draft", None)
    }

    /// It is ready, and not sent.
    pub fn not_sent(&self) -> Self {
        self.state("NOT_SENT_FOR_REVIEW").declared_at_all()
    }

    /// It is under review.
    pub fn in_review(&self) -> Self {
        self.state("IN_REVIEW").declared_at_all()
    }

    /// It has passed review and waits for the developer.
    pub fn approved(&self) -> Self {
        self.state("APPROVED_NOT_PUBLISHED").declared_at_all()
    }

    /// It passes review: it goes out, or waits for the developer if it is [managed](Self::managed).
    pub fn pass_review(&self) -> Self {
        let mut managed = false;
        self.change(|release| managed = release.managed);
        if managed { self.approved() } else { self.publish() }
    }

    /// It was rejected.
    pub fn reject(&self) -> Self {
        self.state("NOT_APPROVED").declared_at_all()
    }

    /// It goes out as it was declared.
    pub fn publish(&self) -> Self {
        self.state("PUBLISHED").declared_at_all()
    }

    /// It is out for a share of the users, between 0 and 1.
    pub fn rollout(&self, fraction: f64) -> Self {
        self.state("PUBLISHED").declare("inProgress", Some(fraction))
    }

    /// It shall go out to a share of the users, between 0 and 1, when it goes out.
    pub fn staged(&self, fraction: f64) -> Self {
        self.declare("inProgress", Some(fraction))
    }

    /// Nobody gets it any more.
    pub fn halt(&self) -> Self {
        self.change(|release| release.status = "halted".to_owned());
        self.clone()
    }

    /// It is given out again, to the share or to everybody.
    pub fn resume(&self) -> Self {
        self.change(|release| {
            release.status = if release.fraction.is_some() { "inProgress" } else { "completed" }.to_owned();
        });
        self.clone()
    }

    /// Everybody gets it.
    pub fn complete(&self) -> Self {
        self.state("PUBLISHED").declare("completed", None)
    }

    /// Whether it waits for the developer when it has passed review.
    pub fn managed(&self, on: bool) -> Self {
        self.change(|release| release.managed = on);
        self.clone()
    }

    /// Whether both lists show it although a newer release has taken its place.
    pub fn kept(&self, on: bool) -> Self {
        self.change(|release| release.kept = on);
        self.clone()
    }

    /// Neither list shows it any more.
    pub fn remove(&self) {
        self.track.change(|releases| releases.retain(|release| release.codes != self.codes));
    }

    /// What the developer has declared, by the API's own word, and the share of users.
    pub fn declare(&self, status: &str, fraction: Option<f64>) -> Self {
        self.change(|release| (release.status, release.fraction) = (status.to_owned(), fraction));
        self.clone()
    }

    /// How far it has come, by the API's own word, without `RELEASE_LIFECYCLE_STATE_`.
    pub fn state(&self, state: &str) -> Self {
        self.change(|release| release.state = state.to_owned());
        self.clone()
    }

    fn declared_at_all(self) -> Self {
        self.change(|release| {
            if release.status == "draft" {
                release.status = "completed".to_owned();
            }
        });
        self
    }

    fn change(&self, change: impl FnOnce(&mut Release)) {
        self.track.change(|releases| {
            releases.iter_mut().find(|release| release.codes == self.codes).map(change);
        });
    }
}
