//! Mail of all kinds, and mail that is broken in every way: never a panic, never endless.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::Utc;
use statused_email::testkit::{Credulous, Layout, PolicyLetter, forward, letters};
use statused_email::{Reader, Verifier};

use crate::support::*;

const PATIENCE: Duration = Duration::from_secs(5);

fn samples() -> Vec<Vec<u8>> {
    let mut drafts = vec![
        letters::production_access(),
        letters::live(APP, PACKAGE),
        letters::newsletter(),
        letters::user_review(APP, "Great!"),
        letters::suspension_of_2016(APP, PACKAGE),
    ];
    drafts
        .extend(letters::GMAIL_LANGUAGES.map(|language| letters::gmail_confirmation("a@b.c", "d@e.f", "x", language)));
    for letter in [rejection(), rejection().in_korean(), PolicyLetter::warning(APP, PACKAGE)] {
        drafts.extend(Layout::ALL.map(|layout| letter.draft().layout(layout)));
    }
    let mut mails = drafts.iter().map(|draft| google().send(draft)).collect::<Vec<_>>();
    mails.push(forward::gmail(&genuine(), "a@gmail.com", "b@intake.test"));
    mails.push(forward::as_attachment(&genuine(), "a@gmail.com", "b@intake.test"));
    mails.push(google().seal(&genuine(), "mx.google.com; dkim=pass header.i=@google.com", Utc::now()));
    mails
}

/// The mails that the parser's own tests are made of, where its source is.
fn foreign() -> Vec<Vec<u8>> {
    // What other platforms would need was never downloaded.
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = text(&version.stdout);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let arguments = ["metadata", "--format-version", "1", "--offline", "--filter-platform", host];
    let output = Command::new(env!("CARGO")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let parser = packages.iter().find(|package| package["name"] == "mail-parser").unwrap();
    let mut folders = vec![PathBuf::from(parser["manifest_path"].as_str().unwrap()).with_file_name("resources")];
    let mut mails = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension != "json") {
                mails.push(std::fs::read(path).unwrap());
            }
        }
    }
    mails
}

/// Somebody else's mail, as if Google had written it.
fn disguised(raw: &[u8]) -> Vec<u8> {
    let head = "From: no-reply-googleplay-developer@google.com\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <a@b>\r\n";
    let taken = ["from", "date", "message-id", "subject", "received", "arc-", "dkim-"];
    let lossy = text(raw);
    let (fields, body) = lossy.split_once("\n\n").or_else(|| lossy.split_once("\r\n\r\n")).unwrap_or(("", &lossy));
    let mut mail =
        head.to_owned() + "Subject: Action Required: Your app is not compliant with Google Play Policies (X)\r\n";
    let mut keeps = true;
    for line in fields.lines() {
        if !line.starts_with([' ', '\t']) {
            let name = line.to_ascii_lowercase();
            keeps = line.contains(':') && !taken.iter().any(|taken| name.starts_with(taken));
        }
        if keeps && !line.trim().is_empty() {
            mail += &format!("{line}\r\n");
        }
    }
    (mail + "\r\n" + body).into_bytes()
}

/// True if it was read.
async fn survives(verifiers: &[Verifier], raw: &[u8]) -> bool {
    let started = Instant::now();
    let mut read = false;
    for verifier in verifiers {
        let verdict = verifier.verify(raw, "2026-11-03T00:00:00Z".parse().unwrap()).await;
        if let Some(proof) = verdict.proof() {
            let _meaning = Reader::new().read(&proof.open(raw).unwrap());
            read = true;
        }
    }
    assert!(started.elapsed() < PATIENCE, "{:?} for\n{}", started.elapsed(), text(raw));
    read
}

fn verifiers() -> [Verifier; 2] {
    let trusting = Verifier::builder().pinned_keys(google().keys()).trusted_sealers(["google.com"]).offline();
    [trusting.build(), Verifier::builder().signature_check(Credulous).build()]
}

fn mutated(raw: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut raw = raw.to_vec();
    for _ in 0..random.usize(1..4) {
        if raw.is_empty() {
            break;
        }
        let (at, other) = (random.usize(..raw.len()), random.usize(..raw.len()));
        match random.u8(..7) {
            0 => raw[at] = random.u8(..),
            1 => raw.truncate(at),
            2 => raw.insert(at, *random.choice(b"\r\n\0=<>(){}:;\"\\-,\xff").unwrap()),
            3 => drop(raw.remove(at)),
            4 => {
                let (from, to) = (at.min(other), at.max(other));
                let piece = raw[from..to.min(from + 200)].to_vec();
                raw.splice(at..at, piece);
            }
            5 => {
                let (from, to) = (at.min(other), at.max(other));
                raw.drain(from..to.min(from + 200));
            }
            _ => {
                let words =
                    ["\r\n\r\n", "--000000000000alternative\r\n", "Content-Type: message/rfc822\r\n", "=\r\n", "{app}"];
                raw.splice(at..at, random.choice(words).unwrap().bytes());
            }
        }
    }
    raw
}

#[tokio::test]
async fn our_mails_survive_thousands_of_mutations() {
    let (samples, verifiers) = (samples(), verifiers());
    let seed = 20_261_122;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut read = 0;
    for number in 0..4_000 {
        let sample = &samples[number % samples.len()];
        read += usize::from(survives(&verifiers, &mutated(sample, &mut random)).await);
    }
    assert!(read > 400, "mutations that leave nothing to read test nothing: {read}");
}

#[tokio::test]
async fn foreign_mails_survive_too() {
    let (mails, verifiers) = (foreign(), verifiers());
    assert!(mails.len() > 100, "{} mails come with the parser", mails.len());
    let mut random = fastrand::Rng::with_seed(1);
    let mut read = 0;
    for mail in &mails {
        survives(&verifiers, mail).await;
        let disguised = disguised(mail);
        read += usize::from(survives(&verifiers, &disguised).await);
        for _ in 0..10 {
            survives(&verifiers, &mutated(&disguised, &mut random)).await;
        }
    }
    assert!(read > 100, "{read} of {}", mails.len());
}
