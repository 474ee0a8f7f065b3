//! The source without requests.

use chrono::TimeDelta;
use statused_core::source::{PollReport, PollRequest, Scope, SourceError};

use crate::client::{ApiError, AppFound, EditView, Lifecycle, TrackList};
use crate::round::{Config, Round, Session, Shown};

/// What Google would answer.
pub trait Answers {
    /// `apps:search`.
    ///
    /// # Errors
    ///
    /// As the real one.
    fn search(&mut self) -> Result<Vec<AppFound>, ApiError>;

    /// `edits.tracks.list` of an app.
    ///
    /// # Errors
    ///
    /// As the real one.
    fn tracks(&mut self, package: &str) -> Result<TrackList, ApiError>;

    /// `applications.tracks.releases.list` of a track.
    ///
    /// # Errors
    ///
    /// As the real one.
    fn lifecycle(&mut self, package: &str, track: &str) -> Result<Lifecycle, ApiError>;
}

/// The source as a function: it is asked to poll, is given the answers, and reports. It plans and merges with the code
/// of [`GooglePlay`](crate::GooglePlay).
#[derive(Clone, Debug)]
pub struct PureSource {
    config: Config,
    session: Session,
}

impl PureSource {
    /// Watches these apps; all that the search shows, if there are none.
    pub fn new<I: IntoIterator<Item = S>, S: Into<String>>(packages: I) -> Self {
        let packages = packages.into_iter().map(Into::into).collect();
        Self { config: Config { packages, icons: false, ..Config::new() }, session: Session::default() }
    }

    /// The pause between two reads of the lifecycle of a track that is under way.
    #[must_use]
    pub fn lifecycle_every(mut self, every: TimeDelta) -> Self {
        self.config.lifecycle_every = every;
        self
    }

    /// Watches these tracks only.
    #[must_use]
    pub fn tracks<I: IntoIterator<Item = S>, S: Into<String>>(mut self, tracks: I) -> Self {
        self.config.tracks = tracks.into_iter().map(Into::into).collect();
        self
    }

    /// Whether to read the lifecycle.
    #[must_use]
    pub fn lifecycle(mut self, wanted: bool) -> Self {
        self.config.lifecycle = wanted;
        self
    }

    /// Forgets what a process forgets when it ends.
    pub fn restart(&mut self) {
        self.session = Session::default();
    }

    /// Polls.
    ///
    /// # Errors
    ///
    /// As [`StatusSource::poll`](statused_core::StatusSource::poll).
    pub fn poll(&mut self, request: &PollRequest, answers: &mut dyn Answers) -> Result<PollReport, SourceError> {
        let mut requests = 0;
        if request.scope == Scope::Full && self.session.wants_search(request.now) {
            requests += 1;
            self.session.take(answers.search(), request.now)?;
        }
        let mut round = Round::new(&self.config, request);
        for package in round.packages(&self.session)? {
            requests += 3;
            let shown = answers.tracks(&package).map(|tracks| Shown::Edit(EditView::new(tracks)));
            round.take_tracks(&package, shown);
            if round.is_stopped() {
                break;
            }
        }
        for (package, track) in round.asks() {
            requests += 1;
            let lifecycle = answers.lifecycle(&package, &track);
            round.take_lifecycle(&package, &track, lifecycle);
        }
        let (report, _) = round.finish(&self.session, requests)?;
        if request.scope == Scope::Full {
            self.session.settle();
        }
        Ok(report)
    }
}
