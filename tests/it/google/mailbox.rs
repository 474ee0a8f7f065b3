//! Mail that is fetched: from a mailbox and from a folder.

use std::time::Instant;

use statused::mail::testkit::forward;

use super::imap::{FakeImap, Fault};
use super::site::{Console, NO_PAUSE, SOURCE};
use crate::support::{PATIENCE, until};

const US: &str = "play@acme.example";

fn imap(server: &FakeImap) -> String {
    format!(
        "imap = {{ host = \"127.0.0.1\", port = {}, tls = \"plain\", user = \"{US}\", password = \"file:imap.txt\" }}\n",
        server.port
    )
}

#[tokio::test]
async fn a_mailbox_is_watched_and_its_password_is_read_again() {
    let console = Console::new(NO_PAUSE).await;
    let server = FakeImap::start(&[Fault::Echoes]).await;
    std::fs::write(console.path("imap.txt"), "hush-old").unwrap();
    console.configure(NO_PAUSE, &imap(&server));
    server.adds(forward::gmail(&console.warning("Ads"), "dev@gmail.com", US));
    let process = console.watched().await;
    let mailbox = "mail";
    let health =
        console.healthy("the refused login", |health| health[mailbox][SOURCE]["imap"]["last_error"].is_string()).await;
    let told = &health["mail"][SOURCE]["imap"];
    assert!(told["connected"] == false && told["last_error"].as_str().unwrap().contains("app"), "{health:#}");
    assert_eq!(console.get("/health").await.status(), 200, "reviews are read all the same");
    let label = format!("{{source=\"{SOURCE}\"}}");
    assert_eq!(console.metric(&format!("statused_mailbox_connected{label}")).await, 0);
    let said = console.say(&["health"]).await;
    assert!(said.out.contains("the mailbox is not watched: the server refuses the login"), "{said:?}");
    assert_eq!(console.post(&console.warning("Ads")).await, 404, "nobody is meant to post");

    // A refused login is not tried again for half a minute; a new password is, at once.
    server.inside.lock().unwrap().faults.clear();
    std::fs::write(console.path("imap.txt"), "hush-new").unwrap();
    let (changed, logins) = (Instant::now(), server.count("LOGIN"));
    until(|| process.log(), || console.told().len() == 1).await;
    // A true bound: the next try would come half a minute after the refused one.
    assert!(changed.elapsed() < PATIENCE / 3, "not by the next try");
    let commands = server.inside.lock().unwrap().commands.clone();
    let logins: Vec<_> = commands.iter().filter(|line| line.starts_with("LOGIN")).skip(logins).collect();
    assert!(logins.iter().all(|line| line.contains("hush-new")) && !logins.is_empty(), "{logins:?}");
    assert!(commands.iter().all(|line| !line.starts_with("SELECT") && !line.starts_with("UID STORE")), "{commands:?}");
    assert_eq!(console.metric(&format!("statused_mailbox_connected{label}")).await, 1);
    assert!(!process.log().contains("hush"), "{}", process.log());

    // What was fetched is not told again after a restart.
    process.kill();
    let process = console.listening().await;
    console.healthy("watched", |health| health["mail"][SOURCE]["imap"]["connected"] == true).await;
    console.looks(3).await;
    assert_eq!(console.told().len(), 1);
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn a_folder_that_a_mail_server_fills_is_emptied() {
    let console = Console::new(NO_PAUSE).await;
    console.configure(NO_PAUSE, "maildir = \"Maildir\"\n");
    let process = console.watched().await;
    let new = console.path("Maildir/new");
    until(|| process.log(), || new.exists()).await;
    std::fs::write(console.path("Maildir/tmp/1.mail"), console.warning("Ads")).unwrap();
    std::fs::rename(console.path("Maildir/tmp/1.mail"), new.join("1.mail")).unwrap();
    until(|| process.log(), || console.told().len() == 1).await;
    until(|| process.log(), || console.path("Maildir/cur/1.mail:2,S").exists()).await;
    assert_eq!(process.terminate().await.code(), Some(0));
}
