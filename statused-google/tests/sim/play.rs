//! Google Play: what its two APIs answer, and what its mail says.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use statused_core::model::{
    Account, AggregateKey, Letter, LetterKind, Share, Sighting, Sightings, SourceId, Status, Store,
};
use statused_core::source::{PollReport, PollRequest, SourceError, SourceErrorKind};
use statused_core::testkit::sim::{App, Calendar, Outside, Scene, State, Truth, rate};
use statused_google::client::{ApiError, ApiErrorKind, AppFound, Lifecycle, TrackList, TrackRelease};
use statused_google::testkit::{Answers, PureSource};

use crate::mail::{self, Rejection};
use crate::releases::{Release, draw};

/// How long an API may take to learn of something.
const LONGEST_LAG: TimeDelta = TimeDelta::seconds(600);

/// How bad Google is. Each seed draws its own rates, and some faults are absent from it.
#[derive(Debug)]
struct Faults {
    edits_fail: f64,
    lifecycle_fails: f64,
    quota: f64,
    /// How long each API takes to learn of what has happened.
    edits_lag: TimeDelta,
    lifecycle_lag: TimeDelta,
    mail_sent: f64,
    mail: mail::Faults,
}

/// The store of a seed.
#[derive(Debug)]
pub(crate) struct Play {
    truth: Truth,
    apps: Vec<(String, Vec<Release>)>,
    faults: Faults,
    /// One for each machine.
    sources: Vec<PureSource>,
}

impl Play {
    pub(crate) fn draw(rng: &mut Rng, source: &SourceId, calendar: &Calendar) -> Self {
        let mut truth = Truth::default();
        let mut apps = Vec::new();
        for number in 0..rng.u32(1..=2) {
            let package = format!("com.acme.app{number}");
            let mut releases = draw(rng, calendar);
            settle(&mut releases, calendar.start);
            let mut app = App::new(AggregateKey::App(source.clone(), package.as_str().into()));
            releases.iter().for_each(|release| app.insert(release.subject(), release.life.clone()));
            truth.apps.push(app);
            apps.push((package, releases));
        }
        let mut lag = || TimeDelta::seconds((rate(rng, 1.0) * LONGEST_LAG.num_seconds() as f64) as i64);
        let (edits_lag, lifecycle_lag) = (lag(), lag());
        let faults = Faults {
            edits_fail: rate(rng, 0.3),
            lifecycle_fails: rate(rng, 0.3),
            quota: rate(rng, 0.3),
            edits_lag,
            lifecycle_lag,
            mail_sent: rate(rng, 1.0),
            mail: mail::Faults::draw(rng),
        };
        let packages = apps.iter().map(|(package, _)| package.clone());
        let source = PureSource::new(packages);
        Self { truth, apps, faults, sources: vec![source; 3] }
    }
}

/// Both APIs have caught up when the watch begins: what they show a little later is then rightly told, though it was so before.
fn settle(releases: &mut [Release], start: DateTime<Utc>) {
    for (at, _) in releases.iter_mut().flat_map(|release| &mut release.life.states).filter(|(at, _)| *at <= start) {
        *at -= LONGEST_LAG;
    }
}

impl Scene for Play {
    fn account(&self) -> Account {
        Account::new(Store::GooglePlay)
    }

    fn truth(&self) -> &Truth {
        &self.truth
    }

    fn poll(&mut self, request: &PollRequest, outside: &mut Outside<'_>) -> Result<PollReport, SourceError> {
        let Some(source) = self.sources.get_mut(outside.machine) else {
            return Err(SourceError::new(SourceErrorKind::BadData, "there are three machines at most"));
        };
        source.poll(request, &mut Google { apps: &self.apps, faults: &self.faults, outside })
    }

    fn restarted(&mut self, machine: usize) {
        self.sources[machine].restart();
    }

    /// A track that is under way is read every fifteen minutes, and when it was is kept for whoever runs by cron.
    fn idle_writes(&self) -> u64 {
        9 * self.apps.len() as u64
    }

    fn pushes(&mut self, rng: &mut Rng, start: DateTime<Utc>) -> Vec<(DateTime<Utc>, Sightings)> {
        let mut mails = Vec::new();
        for (app, (package, releases)) in self.truth.apps.iter().zip(&self.apps) {
            for release in releases {
                let letters = self.faults.letters(rng, start, package, release);
                mails.extend(letters.into_iter().map(|(at, letter)| {
                    (at, Sightings::from([(app.key.clone(), Sighting::new().with_letter(letter))]))
                }));
            }
        }
        mails
    }
}

impl Faults {
    /// What is written of a release and proved to be Google's, and when it comes.
    fn letters(
        &self,
        rng: &mut Rng,
        start: DateTime<Utc>,
        package: &str,
        release: &Release,
    ) -> Vec<(DateTime<Utc>, Letter)> {
        let mut letters = Vec::new();
        for (number, (at, (status, _))) in release.life.states.iter().enumerate().filter(|(_, (at, _))| *at > start) {
            let reason = format!("Policy {number}");
            let written = *at + TimeDelta::seconds(rng.i64(1..120));
            let rejection = Rejection { package, code: release.code, reason: &reason, written };
            let kind = match status {
                Status::Rejected if rng.f64() < self.mail_sent => {
                    letters.extend(self.mail.genuine(&rejection, rng));
                    continue;
                }
                Status::Approved => LetterKind::Approved,
                Status::Live | Status::RolloutInProgress => LetterKind::Live,
                Status::Rejected => continue,
                _ => {
                    letters.extend(self.mail.forged(&rejection, rng));
                    continue;
                }
            };
            if rng.f64() >= self.mail_sent {
                continue;
            }
            // Nobody has shown such a mail yet; this is what one would be read as.
            let mut letter = Letter::new(format!("{}/{number}", release.subject()), kind, written);
            if self.mail.names_codes(rng) {
                letter = letter.with_version_codes([release.code]);
            }
            letters.extend(self.mail.copies(rng).into_iter().map(|late| (written + late, Some(letter.clone()))));
        }
        letters.into_iter().filter_map(|(at, letter)| Some((at, letter?))).collect()
    }
}

/// Google, asked during one poll.
struct Google<'a, 'b> {
    apps: &'a [(String, Vec<Release>)],
    faults: &'a Faults,
    outside: &'a mut Outside<'b>,
}

impl Google<'_, '_> {
    fn releases(&self, package: &str) -> &[Release] {
        self.apps.iter().find(|(name, _)| name == package).map_or(&[], |(_, releases)| releases)
    }

    fn fails(&mut self, rate: f64, kind: ApiErrorKind) -> Result<(), ApiError> {
        if self.outside.chance(rate) { Err(ApiError::new(kind, "google", "simulated")) } else { Ok(()) }
    }
}

impl Answers for Google<'_, '_> {
    fn search(&mut self) -> Result<Vec<AppFound>, ApiError> {
        Ok(self.apps.iter().map(|(package, _)| AppFound::new(package.as_str(), package.as_str())).collect())
    }

    fn tracks(&mut self, package: &str) -> Result<TrackList, ApiError> {
        self.fails(self.faults.edits_fail, ApiErrorKind::Server)?;
        let time = self.outside.now - self.faults.edits_lag;
        let releases = self.releases(package);
        let shown = releases.iter().filter_map(|release| {
            let declared = declared(release.life.state_at(time)?, release.first)?;
            let (status, share) = declared;
            let shown = TrackRelease::new([release.code], status).named(format!("1.{}", release.code));
            Some(match share {
                Some(percent) => shown.to_fraction(f64::from(percent) / 100.0),
                None => shown,
            })
        });
        let mut list = TrackList::new().with("production", shown).with("internal", []);
        list.at = Some(self.outside.now);
        Ok(list)
    }

    fn lifecycle(&mut self, package: &str, track: &str) -> Result<Lifecycle, ApiError> {
        self.fails(self.faults.quota, ApiErrorKind::Quota)?;
        self.fails(self.faults.lifecycle_fails, ApiErrorKind::Server)?;
        let time = self.outside.now - self.faults.lifecycle_lag;
        let mut list = Lifecycle::new();
        if track == "production" {
            for release in self.releases(package) {
                let Some(state) = release.life.state_at(time).and_then(lifecycle) else { continue };
                list = list.with([release.code], format!("RELEASE_LIFECYCLE_STATE_{state}"));
            }
        }
        list.at = Some(self.outside.now);
        Ok(list)
    }
}

/// What the developer has declared of a release in a state, with the share in percent.
fn declared(state: &State, first: Option<Share>) -> Option<(&'static str, Option<u32>)> {
    let planned = first.map(|_| 5);
    let percent =
        |share: Option<Share>| [5, 20, 50].into_iter().find(|percent| Some(Share::percent(*percent)) == share);
    Some(match state {
        (Status::Draft, _) => ("draft", None),
        (Status::InReview | Status::Approved | Status::Rejected, _) if planned.is_some() => ("inProgress", planned),
        (Status::InReview | Status::Approved | Status::Rejected | Status::Live | Status::RolloutFinished, _) => {
            ("completed", None)
        }
        (Status::RolloutInProgress, share) => ("inProgress", percent(*share)),
        (Status::RolloutHalted, share) => ("halted", percent(*share)),
        _ => return None,
    })
}

fn lifecycle(state: &State) -> Option<&'static str> {
    Some(match state.0 {
        Status::Draft => "DRAFT",
        Status::InReview => "IN_REVIEW",
        Status::Approved => "APPROVED_NOT_PUBLISHED",
        Status::Rejected => "NOT_APPROVED",
        Status::ReplacedWithNewVersion => return None,
        _ => "PUBLISHED",
    })
}
