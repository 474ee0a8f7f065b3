//! Another implementation of DKIM and ARC, the Python package dkimpy, judges our signatures, and we judge its.
//!
//! Where it is not installed (`pip install dkimpy authres`), these tests say that they are skipped.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use chrono::Utc;
use statused_email::testkit::{Layout, Postmaster, forward};
use statused_email::{Reason, Verifier};
use tempfile::TempDir;

use crate::support::*;

const SCRIPT: &str = r#"
import sys, dkim
job, mail, record, key, canonical = sys.argv[1:6]
raw = open(mail, "rb").read()
dns = lambda name, timeout=5: open(record, "rb").read()
if job == "verify":
    sys.exit(0 if dkim.verify(raw, dnsfunc=dns) else 3)
if job == "chain":
    validation, results, reason = dkim.arc_verify(raw, dnsfunc=dns)
    sys.exit(0 if validation == b"pass" else 3)
key = open(key, "rb").read()
if job == "sign":
    header, body = [part.encode() for part in canonical.split("/")]
    names = [b"from", b"from", b"to", b"to", b"subject", b"subject", b"date", b"date", b"message-id", b"message-id"]
    signature = dkim.sign(raw, b"20251104", b"google.com", key, canonicalize=(header, body), include_headers=names)
    open(mail, "wb").write(signature + raw)
if job == "seal":
    names = [b"from", b"to", b"subject", b"date", b"message-id"]
    lines = dkim.arc_sign(raw, b"20251104", b"google.com", key, b"mx.google.com", include_headers=names)
    open(mail, "wb").write(b"".join(lines) + raw)
"#;

struct Oracle(TempDir);

impl Oracle {
    fn new() -> Option<Self> {
        let found = Command::new("python3").args(["-c", "import dkim, authres"]).output();
        if !found.is_ok_and(|output| output.status.success()) {
            let mut console = std::io::stderr().lock();
            writeln!(console, "!! SKIPPED: no second opinion on signatures (pip install dkimpy authres)").unwrap();
            return None;
        }
        let oracle = Self(tempfile::tempdir().unwrap());
        std::fs::write(oracle.path("script.py"), SCRIPT).unwrap();
        std::fs::write(oracle.path("record"), google().record()).unwrap();
        std::fs::write(oracle.path("key"), google().private_key_pem()).unwrap();
        Some(oracle)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, job: &str, raw: &[u8], canonical: &str) -> (bool, Vec<u8>) {
        std::fs::write(self.path("mail"), raw).unwrap();
        let mut command = Command::new("python3");
        command.arg(self.path("script.py")).arg(job).args(["mail", "record", "key"].map(|name| self.path(name)));
        let output = command.arg(canonical).output().unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 3)), "{job}: {}", text(&output.stderr));
        (code == Some(0), std::fs::read(self.path("mail")).unwrap())
    }
}

#[tokio::test]
async fn both_agree_on_what_we_sign() {
    let Some(oracle) = Oracle::new() else { return };
    for layout in Layout::ALL {
        let raw = google().send(&rejection().in_korean().draft().layout(layout));
        let forwarded = forward::gmail(&raw, "dev@gmail.com", "play@intake.test");
        for (raw, good) in [
            (raw.clone(), true),
            (forwarded, true),
            (forward::with_footer(&raw, "x"), false),
            (forward::with_subject_tag(&raw, "[EXT]"), false),
            (forward::with_header(&raw, "Cc", "b@evil.test"), false),
        ] {
            assert_eq!(oracle.run("verify", &raw, "").0, good, "{layout:?}");
            assert_eq!(verify(&raw).await.proof().is_some(), good, "{layout:?}");
        }
    }
}

#[tokio::test]
async fn what_it_signs_is_proved() {
    let Some(oracle) = Oracle::new() else { return };
    for canonical in ["relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"] {
        for layout in Layout::ALL {
            let draft = rejection().draft().layout(layout);
            let (_, raw) = oracle.run("sign", &draft.unsigned(), canonical);
            let verdict = verify(&raw).await;
            assert!(verdict.proof().is_some(), "{canonical} {layout:?}: {verdict:?}");
            let altered = refused(&forward::with_footer(&raw, "x")).await;
            assert!(matches!(altered, Reason::BodyAltered { .. }), "{altered}");
        }
    }
}

#[tokio::test]
async fn both_agree_on_seals() {
    let Some(oracle) = Oracle::new() else { return };
    let found = "mx.google.com; dkim=pass header.i=@google.com; arc=none";
    let broken = forward::with_footer(&genuine(), "x");
    let sealed = google().seal(&broken, found, Utc::now());
    assert!(oracle.run("chain", &sealed, "").0);
    assert!(oracle.run("chain", &google().seal(&sealed, "mx.google.com; arc=pass", Utc::now()), "").0);
    assert!(!oracle.run("chain", &forward::with_footer(&sealed, "x"), "").0);
    assert!(!oracle.run("chain", &Postmaster::google().seal(&broken, found, Utc::now()), "").0);

    // It seals what the host has found, and we believe that host.
    let arrived = forward::with_header(&broken, "Authentication-Results", found);
    let (_, sealed) = oracle.run("seal", &arrived, "");
    let trusting = Verifier::builder().pinned_keys(google().keys()).trusted_sealers(["google.com"]).offline().build();
    let verdict = trusting.verify(&sealed, Utc::now()).await;
    assert!(verdict.proof().is_some(), "{verdict:?}");
}
