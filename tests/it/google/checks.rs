//! `check` and `health`, and files that are refused.

use serde_json::Value;
use statused::google::testkit::{Endpoint, Fault};

use super::imap::{FakeImap, Fault as Refusal};
use super::site::{Console, NO_PAUSE, PACKAGE};

/// A pace that Google allows.
const SLOW: &str = "poll_every = \"60s\"\n";

#[tokio::test]
async fn check_says_line_by_line_what_works_and_what_to_click() {
    let console = Console::new(SLOW).await;
    let lines =
        |out: &str| out.lines().filter(|line| line.contains("acme-google")).map(str::to_owned).collect::<Vec<_>>();
    let said = console.say(&["check"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    for line in [
        "ok   source acme-google: token: granted for both APIs",
        "ok   source acme-google: Google Play Developer Reporting API: it shows 1 apps",
        "ok   source acme-google: app com.acme.app: tracks ",
        "ok   source acme-google: review states: readable: 1 releases on production",
        "warn source acme-google: edits: watcher@fake-project.iam.gserviceaccount.com must not be an uploader's account",
        "warn source acme-google, mail: keys of Google's signatures: pinned: 20251104._domainkey.google.com",
        "ok   source acme-google, mail: posted mail: may be posted from this machine",
        "warn source acme-google, mail: quarantine: mail that is kept aside is forgotten",
    ] {
        assert!(said.out.contains(line), "{line}: {said:?}");
    }
    assert_eq!(lines(&said.out).len(), 9, "{said:?}");
    assert_eq!(console.play.count(Endpoint::Lifecycle), 1, "its quota is small");
    assert_eq!(console.play.count(Endpoint::OpenEdit), console.play.count(Endpoint::CloseEdit));

    for (endpoint, fault, what, hint) in [
        (Endpoint::Token, Fault::invalid_grant(), "token", "Service accounts"),
        (Endpoint::Search, Fault::disabled(), "Google Play Developer Reporting API", "playdeveloperreporting"),
        (Endpoint::OpenEdit, Fault::permission(), "app com.acme.app", "View app information"),
        (Endpoint::Lifecycle, Fault::permission(), "review states", "View app information"),
    ] {
        console.play.inject(fault.on(endpoint).always());
        let said = console.say(&["check", "--json"]).await;
        assert_eq!(said.code, Some(3), "{what}: {said:?}");
        let sections: Value = serde_json::from_str(&said.out).unwrap();
        let found = sections["source acme-google"].as_array().unwrap().iter().find(|line| line["what"] == what);
        let found = found.unwrap_or_else(|| panic!("{what}: {sections:#}"));
        assert!(found["ok"] == false && found["hint"].as_str().unwrap().contains(hint), "{found:#}");
        console.play.heal();
    }
    assert!(console.ci.hits().is_empty(), "nothing is sent");
    assert!(!console.path("statused.db").exists());
}

#[tokio::test]
async fn check_warns_of_a_pace_that_google_refuses() {
    let console = Console::new("poll_every = \"50ms\"\nlifecycle_every = \"3m\"\n").await;
    let said = console.say(&["check"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    for words in ["warn source acme-google: pace of polls: ", "warn source acme-google: pace of review states: "] {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
}

#[tokio::test]
async fn check_says_what_the_mail_lacks() {
    let console = Console::new(SLOW).await;
    let server = FakeImap::start(&[Refusal::Echoes]).await;
    std::fs::write(console.path("imap.txt"), "hush-hush").unwrap();
    std::fs::write(console.path("blocked"), "a file where a folder should be").unwrap();
    let imap = format!(
        "imap = {{ host = \"127.0.0.1\", port = {}, tls = \"plain\", user = \"play\", password = \"file:imap.txt\" }}\n",
        server.port
    );
    console.configure(SLOW, &format!("quarantine = \"blocked\"\nmaildir = \"Maildir\"\n{imap}"));
    let said = console.say(&["check"]).await;
    assert_eq!(said.code, Some(3), "{said:?}");
    for line in [
        "FAIL source acme-google, mail: quarantine ",
        "ok   source acme-google, mail: Maildir ",
        "FAIL source acme-google, mail: mailbox play at 127.0.0.1: the server refuses the login",
        "ok   source acme-google, mail: posted mail: is not taken: it is fetched",
    ] {
        assert!(said.out.contains(line), "{line}: {said:?}");
    }
    assert!(!console.path("Maildir").exists(), "nothing is made");
    assert!(!said.out.contains("hush-hush") && !said.err.contains("hush-hush"), "{said:?}");
    server.inside.lock().unwrap().faults.clear();
    let said = console.say(&["check"]).await;
    assert!(said.out.contains("mailbox play at 127.0.0.1: the login is taken"), "{said:?}");
    assert_eq!(server.count("UID"), 0, "no mail is looked at");
    console.configure(SLOW, "provider = \"mailgun\"\nsigning_key = \"file:nowhere.txt\"\n");
    let said = console.say(&["check"]).await;
    assert!(said.code == Some(3) && said.out.contains("FAIL source acme-google, mail: posted mail: "), "{said:?}");
}

/// Anybody could fill the quarantine.
#[tokio::test]
async fn mail_that_anybody_could_post_from_outside_is_refused() {
    let console = Console::new(SLOW).await;
    let open = console.text(SLOW, "");
    for outside in [
        open.replace("listen = \"127.0.0.1:", "listen = \"0.0.0.0:"),
        open.replace("[server]\n", "[server]\npublic_url = \"https://status.example.com\"\n"),
    ] {
        assert_ne!(outside, open);
        std::fs::write(console.path("statused.toml"), &outside).unwrap();
        let said = console.say(&["run"]).await;
        let line = outside.lines().position(|line| line == "id = \"acme-google\"").unwrap() + 1;
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(&format!("statused.toml:{line}: ")) && said.err.contains("`token`"), "{said:?}");
    }
}

#[tokio::test]
async fn health_asks_the_running_monitor() {
    let console = Console::new(NO_PAUSE).await;
    let said = console.say(&["health"]).await;
    assert!(said.code == Some(1) && said.err.contains("does it run?"), "{said:?}");
    console.play.inject(Fault::permission().on(Endpoint::Lifecycle).always());
    let process = console.watched().await;
    let said = console.say(&["health"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    for words in ["ok   source acme-google: last seen ", "ok   mail acme-google: ", "ok   sink ci: 1 delivered"] {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
    let review = format!("warn source acme-google: {PACKAGE}: no review states, only what is declared: ");
    assert!(said.out.contains(&review), "{said:?}");
    console.play.inject(Fault::invalid_grant().on(Endpoint::Token).always());
    console.play.revoke_tokens();
    console.healthy("the refused key", |health| !health["sources"]["acme-google"]["error"].is_null()).await;
    let said = console.say(&["health", "--json"]).await;
    assert_eq!(said.code, Some(3), "{said:?}");
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert!(report["sources"]["acme-google"]["error"].as_str().unwrap().contains("Service accounts"), "{report:#}");
    assert!(!said.out.contains("ya29.") && !process.log().contains("ya29."), "no token is shown");
    assert_eq!(process.terminate().await.code(), Some(0));
}
