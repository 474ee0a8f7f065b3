//! Keys from the DNS: a server of our own, over UDP and TCP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chrono::{TimeDelta, Utc};
use statused_email::testkit::{Postmaster, Signing, forward};
use statused_email::{Reason, Verifier};
use tokio::net::UdpSocket;

use crate::support::*;

#[derive(Clone)]
enum Answer {
    Txt(Vec<String>),
    Code(u8),
    Nothing,
}

struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<Answer>>,
}

impl Server {
    async fn start(answer: Answer) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(answer));
        let (seen, gives) = (Arc::clone(&asked), Arc::clone(&answer));
        tokio::spawn(async move {
            let mut buffer = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let (name, reply) = reply(&buffer[..length], &gives.lock().unwrap().clone());
                seen.lock().unwrap().push(name);
                if let Some(reply) = reply {
                    socket.send_to(&reply, from).await.unwrap();
                }
            }
        });
        Self { address, asked, answer }
    }

    fn verifier(&self) -> Verifier {
        Verifier::builder().name_servers([self.address]).build()
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.dedup();
        asked
    }
}

/// The name that is asked for, and what is answered.
fn reply(query: &[u8], answer: &Answer) -> (String, Option<Vec<u8>>) {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let length = usize::from(query[at]);
        labels.push(text(&query[at + 1..=at + length]).to_ascii_lowercase());
        at += length + 1;
    }
    let question = &query[12..at + 5];
    let (code, records) = match answer {
        Answer::Txt(records) => (0, records.clone()),
        Answer::Code(code) => (*code, Vec::new()),
        Answer::Nothing => return (labels.join("."), None),
    };
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(records.len()).unwrap(), 0, 0, 0, 0]);
    reply.extend(question);
    for record in &records {
        let data = record.as_bytes().chunks(255).flat_map(|piece| {
            std::iter::once(u8::try_from(piece.len()).unwrap()).chain(piece.iter().copied()).collect::<Vec<_>>()
        });
        let data = data.collect::<Vec<_>>();
        reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 44]);
        reply.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        reply.extend(data);
    }
    (labels.join("."), Some(reply))
}

#[tokio::test]
async fn the_key_is_fetched_once_and_recorded() {
    let server = Server::start(Answer::Txt(vec!["some=other record".to_owned(), google().record()])).await;
    let verifier = server.verifier();
    for _ in 0..2 {
        let verdict = verifier.verify(&genuine(), Utc::now()).await;
        assert_eq!(verdict.proof().unwrap_or_else(|| panic!("{verdict:?}")).key, google().record());
    }
    assert_eq!(server.asked(), ["20251104._domainkey.google.com"]);
}

#[tokio::test]
async fn a_name_that_is_said_not_to_exist_is_asked_for_again() {
    let server = Server::start(Answer::Code(3)).await;
    let verdict = server.verifier().verify(&genuine(), Utc::now()).await;
    let unproved = verdict.unproved().unwrap();
    assert_eq!(unproved.reason, Reason::KeyNotFound { name: google().key_name() });
    assert!(unproved.passing, "a resolver without a way out says so of every name");
    assert!(unproved.until.unwrap() > Utc::now() + TimeDelta::days(6));
    *server.answer.lock().unwrap() = Answer::Txt(vec![google().record()]);
    assert!(server.verifier().verify(&genuine(), Utc::now()).await.proof().is_some());
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    for answer in [Answer::Code(2), Answer::Code(5), Answer::Nothing] {
        let server = Server::start(answer.clone()).await;
        let unproved = unproved_by(&server.verifier(), &genuine()).await;
        assert!(matches!(unproved.reason, Reason::KeyUnreachable { .. }), "{unproved:?}");
        assert!(unproved.passing);
    }
}

#[tokio::test]
async fn nobody_at_all_is_trouble_too() {
    let nowhere = Verifier::builder().name_servers([]).build();
    let unproved = unproved_by(&nowhere, &genuine()).await;
    assert!(matches!(unproved.reason, Reason::KeyUnreachable { .. }) && unproved.passing, "{unproved:?}");
    let offline = Verifier::builder().offline().build();
    let unproved = unproved_by(&offline, &genuine()).await;
    assert!(matches!(unproved.reason, Reason::KeyNotFound { .. }) && unproved.passing, "{unproved:?}");
}

#[tokio::test]
async fn a_revoked_key_proves_nothing_any_more() {
    let server = Server::start(Answer::Txt(vec!["v=DKIM1; k=rsa; p=".to_owned()])).await;
    let unproved = unproved_by(&server.verifier(), &genuine()).await;
    assert_eq!(unproved.reason, Reason::KeyRevoked { name: google().key_name() });
    assert!(!unproved.passing);
}

#[tokio::test]
async fn records_that_are_no_keys_are_none() {
    for record in ["v=DKIM1; k=rsa; p=AAAA", "v=DKIM1; k=rsa", "nonsense", "v=DKIM2; p=AAAA", ""] {
        let server = Server::start(Answer::Txt(vec![record.to_owned()])).await;
        let unproved = unproved_by(&server.verifier(), &genuine()).await;
        assert!(!unproved.passing || record.is_empty(), "{record}: {unproved:?}");
    }
}

#[tokio::test]
async fn strangers_do_not_choose_what_is_asked_for() {
    let server = Server::start(Answer::Txt(vec![google().record()])).await;
    let verifier = Verifier::builder().name_servers([server.address]).trusted_sealers(["google.com"]).build();
    let forger = Postmaster::of("evil.test", "s");
    let now = Utc::now();
    for raw in [
        forger.send(&rejection().draft()),
        forger.send(&rejection().draft().from("a@evil.test")),
        // A body that was changed is found out before its key is needed.
        forward::with_footer(&google().sign(&rejection().draft().unsigned(), &Signing::google(now).selector("o")), "x"),
        // A trusted seal over a stranger's signature.
        forward::replaced(
            &google().seal(&rejection().draft().unsigned(), "mx.google.com; dkim=pass header.i=@google.com", now),
            "c=relaxed/relaxed; d=google.com; s=20251104",
            "c=relaxed/relaxed; d=evil.test; s=20251104",
        ),
        google().send(&rejection().draft().at(now - TimeDelta::days(9))),
        google().sign(&rejection().draft().unsigned(), &Signing::google(now).selector("a b.evil.test/")),
    ] {
        unproved_by(&verifier, &raw).await;
    }
    let asked = server.asked();
    assert!(asked.iter().all(|name| name == "20251104._domainkey.google.com"), "{asked:?}");
}

#[tokio::test]
async fn a_pinned_key_is_not_asked_for() {
    let server = Server::start(Answer::Code(3)).await;
    let pinned = google().keys().into_iter().map(|(name, record)| (name.to_uppercase() + ".", record));
    let verifier = Verifier::builder().name_servers([server.address]).pinned_keys(pinned).build();
    assert!(verifier.verify(&genuine(), Utc::now()).await.proof().is_some());
    assert!(server.asked().is_empty());
}

/// What can be said beforehand, without a mail.
#[tokio::test]
async fn whether_keys_can_be_had_is_said_beforehand() {
    let server = Server::start(Answer::Txt(vec![google().record()])).await;
    let line = server.verifier().check().await;
    assert!(line.ok && !line.warning, "{line:?}");
    assert_eq!(server.asked(), ["20230601._domainkey.google.com"]);
    *server.answer.lock().unwrap() = Answer::Code(3);
    let line = server.verifier().check().await;
    assert!(line.ok && line.warning && line.hint.contains("does not know"), "{line:?}");
    *server.answer.lock().unwrap() = Answer::Code(2);
    let line = server.verifier().check().await;
    assert!(!line.ok && line.hint.contains("does not answer"), "{line:?}");
    let asked = server.asked().len();
    let pinned = Verifier::builder().pinned_keys(google().keys()).offline().build().check().await;
    assert!(pinned.ok && pinned.hint.contains(&google().key_name()), "{pinned:?}");
    assert!(!Verifier::builder().offline().build().check().await.ok, "nothing could ever be proved");
    assert_eq!(server.asked().len(), asked);
}
