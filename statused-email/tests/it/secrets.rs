//! What must be in no log, error or dump.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use statused_email::intake::Reception;
use statused_email::intake::forms::{Access, Mailgun, Postmark, Raw, Request, SendGrid};
use statused_email::intake::imap::{ImapMailbox, Login, Tls};
use statused_email::testkit::{PolicyLetter, forward, letters};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::fake_imap::{FakeImap, Fault};
use crate::gmail::{Gmail, Manner};
use crate::support::*;

/// What has been logged on this thread, at every level, by whatever crate.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_password_no_link_and_no_mail_is_logged_or_shown() {
    let logs = Logs::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let _guard = subscriber.with_writer(logs.clone()).set_default();
    let world = world().await;
    let gmail = Gmail::start(Manner::StillAsks).await;
    let intake = world.builder().recipients([US]).web(Arc::new(gmail)).build();
    let mut shown = String::new();

    // A confirmation that fails, and one that was not expected.
    intake.expect_forwarding(None, Duration::from_secs(60));
    for token in ["hunter2first", "hunter2second"] {
        let question = google().send(&letters::gmail_confirmation(DEVELOPER, US, token, "en"));
        shown.push_str(&format!("{:?}", intake.ingest(&question, to_us()).await));
    }
    shown.push_str(&format!("{:?} {:?}", intake.confirmations(), intake.health()));
    assert!(intake.confirmations()[1].link.as_ref().unwrap().expose_secret().contains("hunter2first"));

    // A mail that is kept aside.
    let mail = google().send(&PolicyLetter::warning("hunter2app", APP).issue("hunter2issue").draft());
    shown.push_str(&format!("{:?}", intake.ingest(&forward::with_footer(&mail, "hunter2"), to_us()).await));
    shown.push_str(&format!("{:?}", intake.quarantine().list().await));
    shown.push_str(&format!("{:?} {:?}", intake, intake.quarantine()));

    // Forms with wrong and right passwords.
    let reception = Reception::new(intake.clone())
        .form(Raw::with_access(Access::bearer("hunter2token")))
        .form(Mailgun::new("hunter2key"))
        .form(SendGrid::new(Access::basic("sendgrid", "hunter2pass")))
        .form(Postmark::new(Access::basic("postmark", "hunter2pass")));
    for (form, login) in
        [("raw", "Bearer hunter2token"), ("raw", "Bearer hunter2"), ("mailgun", "x"), ("postmark", "x")]
    {
        let headers = http::HeaderMap::from_iter([(http::header::AUTHORIZATION, login.parse().unwrap())]);
        let request = Request::new(&headers, b"From: hunter2@google.com\r\n\r\nhunter2", chrono::Utc::now());
        shown.push_str(&format!("{request:?} {:?}", reception.receive(form, request).await));
    }
    shown.push_str(&format!("{reception:?}"));

    // A mailbox, as its server misbehaves.
    for faults in [&[][..], &[Fault::Garbles(1)], &[Fault::Refuses(1)]] {
        let server = FakeImap::start(faults).await;
        server.adds(b"From: hunter2@google.com\r\n\r\nhunter2 body\r\n".to_vec());
        let builder = ImapMailbox::builder("127.0.0.1", Login::password("play", "hunter2imap"));
        let builder = builder.tls(Tls::Plain).port(server.port);
        shown.push_str(&format!("{builder:?}"));
        let mailbox = builder.build(Arc::<crate::broken_store::BrokenStore>::clone(&world.store)).unwrap();
        shown.push_str(&format!("{mailbox:?} {:?}", mailbox.sweep(&intake).await));
    }

    let logged = String::from_utf8_lossy(&logs.0.lock().unwrap()).into_owned();
    assert!(logged.contains("is kept aside") && logged.contains("unexpectedly"), "{logged}");
    for text in [logged, shown] {
        let found = text.find("hunter2").map(|at| &text[at.saturating_sub(200)..(at + 40).min(text.len())]);
        assert_eq!(found, None);
    }
}
