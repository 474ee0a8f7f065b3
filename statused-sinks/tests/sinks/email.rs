//! Mail: what is handed over, to a server of a few lines, and what is made of its answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use statused_core::sink::Verdict;
use statused_core::{Outcome, Sink};
use statused_sinks::DestinationError;
use statused_sinks::email::{Email, EmailBuilder};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::kit::{Logs, RETRY, fields_of, hostile};
use crate::support::{Server, account, app};

pub(crate) const PASSWORD: &str = "hunter2-password";

/// A mail server, and what it was told.
pub(crate) struct Smtp {
    pub(crate) url: String,
    pub(crate) told: Arc<Mutex<Vec<String>>>,
}

impl Smtp {
    /// `answers` stand before the usual ones: the beginning of a line (or `.` for the end of a mail) and its answer. An
    /// empty answer hangs up, `-` says nothing.
    pub(crate) async fn start(answers: &'static [(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Vec::new()));
        let log = told.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (read, mut write) = stream.into_split();
                write.write_all(b"220 fake ESMTP\r\n").await.ok();
                let mut lines = BufReader::new(read).lines();
                let mut in_mail = false;
                while let Ok(Some(line)) = lines.next_line().await {
                    log.lock().unwrap().push(line.clone());
                    if in_mail && line != "." {
                        continue;
                    }
                    in_mail = false;
                    let usual: [(&str, &str); 7] = [
                        ("EHLO", "250-fake\r\n250 AUTH PLAIN"),
                        ("AUTH", "235 welcome"),
                        ("MAIL", "250 ok"),
                        ("RCPT", "250 ok"),
                        ("DATA", "354 go on"),
                        (".", "250 queued"),
                        ("QUIT", "221 bye"),
                    ];
                    let mut all = answers.iter().chain(&usual);
                    let answer =
                        all.find(|(start, _)| line.starts_with(start)).map_or("500 what?", |(_, answer)| answer);
                    match answer {
                        "" => break,
                        "-" => continue,
                        answer => write.write_all(format!("{answer}\r\n").as_bytes()).await.ok(),
                    };
                    in_mail = answer.starts_with("354");
                }
            }
        });
        Self { url, told }
    }

    fn email(&self) -> EmailBuilder {
        builder(&self.url).login("statused", PASSWORD)
    }

    /// The lines of the mail, without the marks of quoted-printable.
    fn mail(&self) -> String {
        let told = self.told.lock().unwrap();
        let start = told.iter().position(|line| line == "DATA").unwrap();
        let end = told.iter().position(|line| line == ".").unwrap();
        let mail = told[start + 1..end].join("\n");
        let (head, parts) = mail.split_once("\n\n").unwrap();
        format!("{head}\n\n{}", parts.replace("=\n", "").replace("=3D", "="))
    }
}

pub(crate) fn builder(url: &str) -> EmailBuilder {
    let email =
        Email::builder(url, "Statused <statused@example.com>").to("Team <team@example.com>").to("boss@example.com");
    email.allow_plaintext(true).timeout(Duration::from_secs(10))
}

async fn answered(answers: &'static [(&'static str, &'static str)]) -> Outcome {
    Smtp::start(answers).await.email().build().unwrap().deliver(&app()).await
}

#[tokio::test]
async fn an_event_is_a_mail_of_two_parts() {
    let server = Smtp::start(&[]).await;
    let event = fields_of("app", &json!({ "status": "Rejected", "status_color": "#e0143d", "reason": "<2.1> & more" }));
    for _ in 0..2 {
        let outcome = server.email().build().unwrap().deliver(&event).await;
        assert_eq!(outcome, Outcome::new(Verdict::Accepted));
    }
    let mail = r#"From: Statused <statused@example.com>
To: Team <team@example.com>, boss@example.com
Subject: Markdown Email 1.2.3: Rejected
Date: Sun, 12 Jan 2025 22:12:03 +0000
Message-ID: <6af15d63-dc69-4088-8adf-cdbb7d204eb4@example.com>
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="statused-6af15d63-dc69-4088-8adf-cdbb7d204eb4"

--statused-6af15d63-dc69-4088-8adf-cdbb7d204eb4
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

The status of your app Markdown Email changed to Ready for Sale

App: Markdown Email
Version: 1.2.3
Track: Production
Rollout: 30%
Reason: <2.1> & more

Open App Store Connect: https://appstoreconnect.apple.com/...

--statused-6af15d63-dc69-4088-8adf-cdbb7d204eb4
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<div style="font-family:sans-serif;border-left:4px solid #e0143d;padding-left:12px">
<h2>Rejected</h2>
<p>The status of your app Markdown Email changed to Ready for Sale</p>
<img src="https://example.com/app-icon.png" alt="Markdown Email" width="64" height="64">
<table>
<tr><td><b>App</b></td><td>Markdown Email</td></tr>
<tr><td><b>Version</b></td><td>1.2.3</td></tr>
<tr><td><b>Track</b></td><td>Production</td></tr>
<tr><td><b>Rollout</b></td><td>30%</td></tr>
</table>
<blockquote>&lt;2.1&gt; &amp; more</blockquote>
<p><a href="https://appstoreconnect.apple.com/...">Open App Store Connect</a></p>
</div>

--statused-6af15d63-dc69-4088-8adf-cdbb7d204eb4--
"#;
    assert_eq!(server.mail(), mail);
    let told = server.told.lock().unwrap().clone();
    let half = told.len() / 2;
    assert_eq!(told[..half], told[half..], "a repeat is the same mail");
    let commands: Vec<_> =
        told[..half].iter().filter(|line| ["MAIL", "RCPT"].contains(&&line[..line.len().min(4)])).collect();
    assert_eq!(
        commands,
        ["MAIL FROM:<statused@example.com>", "RCPT TO:<team@example.com>", "RCPT TO:<boss@example.com>"]
    );
}

#[tokio::test]
async fn text_of_strangers_adds_no_header_and_no_markup() {
    for event in [hostile("app", 1), hostile("welcome", 500), account()] {
        let server = Smtp::start(&[]).await;
        assert!(server.email().build().unwrap().deliver(&event).await.is_success());
        let mail = server.mail();
        let head = mail.split_once("\n\n").unwrap().0;
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert_eq!(head.lines().filter(|line| !line.starts_with(' ')).count(), 8, "{head}");
        let html = mail.split_once("text/html").unwrap().1;
        assert!(!["<b>\"", "<!channel>", "<U", "javascript:"].iter().any(|markup| html.contains(markup)), "{html}");
    }
}

#[tokio::test]
async fn the_servers_answers_decide() {
    for refused in ["AUTH", "MAIL", "RCPT", "DATA", "."] {
        // The server's line is found by its beginning.
        let (never, not_now): (&'static [_], &'static [_]) = match refused {
            "AUTH" => (&[("AUTH", "535 no")], &[("AUTH", "454 later")]),
            "MAIL" => (&[("MAIL", "550 no")], &[("MAIL", "451 later")]),
            "RCPT" => (&[("RCPT", "550 no such user")], &[("RCPT", "450 later")]),
            "DATA" => (&[("DATA", "554 no")], &[("DATA", "421 later")]),
            _ => (&[(".", "554 spam")], &[(".", "452 full")]),
        };
        let outcome = answered(never).await;
        assert_eq!(outcome.verdict, Verdict::Dead, "{refused}: {outcome:?}");
        assert!(outcome.detail.starts_with("permanent error (5"), "{outcome:?}");
        assert_eq!(answered(not_now).await.verdict, RETRY, "{refused}");
    }
    assert_eq!(answered(&[("EHLO", ""), ("HELO", "")]).await.verdict, RETRY);
    assert_eq!(answered(&[("AUTH", "")]).await.verdict, RETRY);
    assert_eq!(answered(&[(".", "")]).await.verdict, Verdict::Ambiguous);
    assert_eq!(answered(&[(".", "what?")]).await.verdict, Verdict::Ambiguous);
    assert_eq!(answered(&[("QUIT", "")]).await.verdict, Verdict::Accepted);

    let nobody = Server::nobody().await.replace("http:", "smtp:");
    assert_eq!(builder(&nobody).build().unwrap().deliver(&app()).await.verdict, RETRY);
}

#[tokio::test]
async fn a_hanging_server_is_left_in_time() {
    for (answers, verdict) in
        [(&[("EHLO", "-")] as &'static [_], RETRY), (&[(".", "-")] as &'static [_], Verdict::Ambiguous)]
    {
        let server = Smtp::start(answers).await;
        let email = server.email().timeout(Duration::from_millis(300)).build().unwrap();
        let outcome = email.deliver(&app()).await;
        assert_eq!(outcome.verdict, verdict, "{outcome:?}");
        assert!(email.profile().timeout > Duration::from_millis(600));
    }
}

/// The login is said to nobody who has not encrypted first.
#[tokio::test]
async fn without_encryption_nothing_is_said() {
    let server = Smtp::start(&[]).await;
    let outcome = server.email().allow_plaintext(false).build().unwrap().deliver(&app()).await;
    assert_eq!(outcome.verdict, RETRY, "{outcome:?}");
    let told = server.told.lock().unwrap().clone();
    assert!(
        !told.is_empty() && !told.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")),
        "{told:?}"
    );

    // What does not speak TLS at all gets nothing.
    let outcome = builder(&server.url.replace("smtp:", "smtps:")).build().unwrap().deliver(&app()).await;
    assert_eq!(outcome.verdict, RETRY, "{outcome:?}");
}

#[tokio::test]
async fn the_password_is_shown_nowhere() {
    const REFUSED: &[(&str, &str)] = &[("AUTH", "535 not AHN0YXR1c2VkAGh1bnRlcjItcGFzc3dvcmQ= nor hunter2-password")];
    let server = Smtp::start(REFUSED).await;
    let in_address = server.url.replace("//", &format!("//statused:{}@", PASSWORD.replace('-', "%2D")));
    for builder in [server.email(), builder(&in_address)] {
        let (logs, guard) = Logs::catch();
        let described = format!("{builder:?}");
        let email = builder.build().unwrap();
        let outcome = email.deliver(&app()).await;
        drop(guard);
        let logs = logs.text();
        assert!(logs.contains("mail not sent"), "the logs were not caught: {logs}");
        let seen = format!("{described} {email:?} {outcome:?} {logs}");
        assert!(outcome.detail.contains("[redacted] nor [redacted]"), "{outcome:?}");
        assert!(!seen.contains(PASSWORD) && !seen.contains("AHN0YXR1c2VkAGh1bnRlcjItcGFzc3dvcmQ"), "{seen}");
    }
    assert!(server.told.lock().unwrap().iter().any(|line| line == "AUTH PLAIN AHN0YXR1c2VkAGh1bnRlcjItcGFzc3dvcmQ="));
}

#[test]
fn descriptions_that_cannot_work_are_refused() {
    let from = "statused@example.com";
    let build = |url: &str, from: &str, to: &str| Email::builder(url, from).to(to).build().map(|_| ());
    assert_eq!(build("smtps://mail.example.com", from, "a@example.com"), Ok(()));
    assert_eq!(build("smtp://mail.example.com", from, "a@example.com"), Ok(()));
    for (url, from, to, part) in [
        ("https://hunter2.example.com", from, "a@example.com", "the server's address"),
        ("smtps://mail.example.com", "hunter2", "a@example.com", "the sender"),
        ("smtps://mail.example.com", from, "hunter2\r\nBcc: x@example.com", "a recipient"),
        ("smtps://u:%zz@mail.example.com", from, "a@example.com", "the login"),
    ] {
        let error = build(url, from, to).unwrap_err();
        assert!(error.to_string().starts_with(part) && !error.to_string().contains("hunter2"), "{error}");
    }
    let error = Email::builder("smtps://mail.example.com", from).build().unwrap_err();
    assert!(matches!(error, DestinationError::Invalid { part: "the list of recipients", .. }));
    assert!(matches!(build("hunter2", from, "a@example.com"), Err(DestinationError::NotAUrl { .. })));
}
