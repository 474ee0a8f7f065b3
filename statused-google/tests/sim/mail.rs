//! Mail about releases, by its whole way: written, signed, delivered by whoever likes, proved and read.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use statused_core::model::Letter;
use statused_core::testkit::sim::{delay, rate};
use statused_email::meaning::Meaning;
use statused_email::testkit::{PolicyLetter, Postmaster, forward};
use statused_email::{Reader, Verifier};

/// Who signs, and who judges. Making the keys takes a while; all worlds share them.
struct Post {
    google: Postmaster,
    forger: Postmaster,
    verifier: Verifier,
    reader: Reader,
}

static POST: LazyLock<Post> = LazyLock::new(|| {
    let google = Postmaster::google();
    let verifier = Verifier::builder().pinned_keys(google.keys()).offline().build();
    Post { google, forger: Postmaster::google(), verifier, reader: Reader::new() }
});

/// What becomes of a world's mail on its way. Each seed draws its own rates, and some faults are absent from it.
#[derive(Debug)]
pub(crate) struct Faults {
    doubled: f64,
    names_codes: f64,
    /// Played again after days.
    replayed: f64,
    altered: f64,
    /// Rejections that somebody else has written, of releases that were not rejected.
    forged: f64,
}

/// A rejection, as somebody writes it.
pub(crate) struct Rejection<'a> {
    pub(crate) package: &'a str,
    pub(crate) code: u64,
    pub(crate) reason: &'a str,
    pub(crate) written: DateTime<Utc>,
}

impl Faults {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let mut rate = || rate(rng, 1.0);
        Self { doubled: rate(), names_codes: rate(), replayed: rate(), altered: rate(), forged: rate() }
    }

    /// Whether a letter says which release it means.
    pub(crate) fn names_codes(&self, rng: &mut Rng) -> bool {
        rng.f64() < self.names_codes
    }

    /// How late a letter comes, and each of its copies.
    pub(crate) fn copies(&self, rng: &mut Rng) -> Vec<TimeDelta> {
        let copies = if rng.f64() < self.doubled { 2 } else { 1 };
        (0..copies).map(|_| delay(rng)).collect()
    }

    /// What comes of a rejection that Google writes, and when: what it says, and nothing where it cannot be believed.
    pub(crate) fn genuine(&self, rejection: &Rejection<'_>, rng: &mut Rng) -> Vec<(DateTime<Utc>, Option<Letter>)> {
        let mail = rejection.sent_by(&POST.google, self.names_codes(rng));
        let mut came: Vec<_> = self.copies(rng).into_iter().map(|late| (late, mail.clone())).collect();
        if rng.f64() < self.replayed {
            came.push((TimeDelta::hours(rng.i64(1..24 * 10)), mail.clone()));
        }
        if rng.f64() < self.altered {
            came.push((delay(rng), forward::replaced(&mail, rejection.reason, "Something worse")));
        }
        let came = came.into_iter().map(|(late, mail)| (rejection.written + late, mail));
        came.map(|(at, mail)| (at, read(&mail, at))).collect()
    }

    /// What comes of a rejection that somebody else writes, if anybody does.
    pub(crate) fn forged(&self, rejection: &Rejection<'_>, rng: &mut Rng) -> Vec<(DateTime<Utc>, Option<Letter>)> {
        if rng.f64() >= self.forged {
            return Vec::new();
        }
        let mail = rejection.sent_by(&POST.forger, true);
        vec![(rejection.written, read(&mail, rejection.written))]
    }
}

impl Rejection<'_> {
    fn sent_by(&self, postmaster: &Postmaster, names_code: bool) -> Vec<u8> {
        let letter = PolicyLetter::rejection("App", self.package).issue(self.reason);
        let letter = if names_code { letter.codes([self.code]) } else { letter };
        postmaster.send(&letter.draft().at(self.written))
    }
}

/// What a mail says that came at that time, if it is proved.
fn read(mail: &[u8], at: DateTime<Utc>) -> Option<Letter> {
    // With pinned keys alone, nothing is waited for.
    let verdict = futures_util::FutureExt::now_or_never(POST.verifier.verify(mail, at))?;
    let proof = verdict.proof()?;
    match POST.reader.read(&proof.open(mail).ok()?) {
        Meaning::About(about) => Some(about.letter),
        _ => None,
    }
}

#[test]
fn only_googles_own_words_are_read_and_only_for_a_while() {
    let written = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let rejection = Rejection { package: "com.acme.app", code: 41, reason: "Policy 1", written };
    let mail = rejection.sent_by(&POST.google, true);
    let letter = read(&mail, written).unwrap();
    assert_eq!((letter.version_codes.as_slice(), letter.reason.as_deref()), (&[41][..], Some("Policy 1")));
    assert_eq!(read(&mail, written + TimeDelta::days(9)), None, "the signature has expired");
    assert_eq!(read(&rejection.sent_by(&POST.forger, true), written), None);
    assert_eq!(read(&forward::replaced(&mail, "Policy 1", "Policy 2"), written), None);
}
