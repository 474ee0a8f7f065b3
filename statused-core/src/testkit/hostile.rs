//! What nobody should send: good bytes, spoiled in every way, and the same ones in every run.
//!
//! ```
//! use statused_core::testkit::hostile::withstands;
//!
//! withstands(&[b"1, 2, 3"], &[",", "-"], 1000, |bytes| {
//!     let _numbers: Vec<i64> = String::from_utf8_lossy(bytes).split(',').filter_map(|n| n.trim().parse().ok()).collect();
//! });
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// The longest that any input may take. A reader takes far less, but a machine may be busy.
const MOST_SECONDS: f64 = 5.0;

/// Spoils bytes, as its seed says.
#[derive(Clone, Debug)]
pub struct Spoiler {
    chance: fastrand::Rng,
    words: Vec<Vec<u8>>,
}

impl Spoiler {
    /// A spoiler that also puts in `words`: what the format is made of, in places where it does not belong.
    pub fn new(seed: u64, words: &[&str]) -> Self {
        let words = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        Self { chance: fastrand::Rng::with_seed(seed), words }
    }

    /// A few changes of good bytes: some are lost, some are repeated, some are others.
    pub fn spoil(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..self.chance.usize(1..5) {
            let at = self.chance.usize(..=bytes.len());
            let end = (at + self.chance.usize(1..80)).min(bytes.len());
            match self.chance.u8(..8) {
                0 => drop(bytes.drain(at..end)),
                1 => bytes.truncate(at),
                2 if at < bytes.len() => bytes[at] = self.chance.u8(..),
                3 => bytes.insert(at, b"\r\n\0=<>(){}[]:;\"'\\-,\xff%&#@ 9"[self.chance.usize(..26)]),
                4 => {
                    let piece = bytes[at..end].to_vec();
                    let place = self.chance.usize(..=bytes.len());
                    bytes.splice(place..place, piece);
                }
                5 => {
                    let piece = bytes[at..end].repeat(self.chance.usize(1..40));
                    bytes.splice(at..end, piece);
                }
                _ if self.words.is_empty() => bytes.push(self.chance.u8(..)),
                _ => {
                    let word = self.words[self.chance.usize(..self.words.len())].clone();
                    bytes.splice(at..at, word);
                }
            }
        }
        bytes
    }
}

/// Gives a reader every sample, and `count` spoiled ones.
///
/// # Panics
///
/// If the reader panics or takes too long; the message shows the input, ready to be put into a test.
pub fn withstands(samples: &[impl AsRef<[u8]>], words: &[&str], count: usize, mut read: impl FnMut(&[u8])) {
    let mut spoiler = Spoiler::new(count as u64, words);
    let mut withstands = |bytes: &[u8]| {
        let start = now();
        let outcome = catch_unwind(AssertUnwindSafe(|| read(bytes)));
        assert!(outcome.is_ok(), "the reader panicked over b\"{}\"", bytes.escape_ascii());
        let took = start.elapsed().as_secs_f64();
        assert!(took < MOST_SECONDS, "the reader took {took} s for b\"{}\"", bytes.escape_ascii());
    };
    samples.iter().for_each(|sample| withstands(sample.as_ref()));
    for sample in samples.iter().cycle().take(count) {
        withstands(&spoiler.spoil(sample.as_ref()));
    }
}

#[expect(clippy::disallowed_methods, reason = "a test measures how long a reader takes")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_is_found_and_its_input_shown() {
        let fails = catch_unwind(|| {
            withstands(&[b"[1]"], &["]"], 500, |bytes| assert!(!bytes.ends_with(b"]]"), "on purpose"));
        });
        let message = *fails.unwrap_err().downcast::<String>().unwrap();
        assert!(message.starts_with("the reader panicked over b\"") && message.ends_with("]]\""), "{message}");
    }

    #[test]
    fn the_same_seed_spoils_alike() {
        let spoiled = |seed| {
            let mut spoiler = Spoiler::new(seed, &["x"]);
            (0..50).map(|_| spoiler.spoil(b"some good bytes")).collect::<Vec<_>>()
        };
        assert_eq!(spoiled(1), spoiled(1));
        assert_ne!(spoiled(1), spoiled(2));
    }
}
