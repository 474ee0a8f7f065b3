//! The `monitor` example's commands: what they print and how they exit.

use serde_json::Value;
use statused::apple::testkit::{Endpoint, Fault};

use crate::process::Site;
use crate::receiver::{NEXT_SECRET, Reply, SECRET};
use crate::support::{PATIENCE, changed, until};

/// A site whose app has gone into review under the eyes of a monitor that runs.
async fn under_review() -> (Site, crate::process::Process) {
    let site = Site::new().await;
    let version = site.apple.app("1", "MyApp", "com.acme.app").version("1.0").state("WAITING_FOR_REVIEW");
    let process = site.start();
    site.ci.wait_for(1).await;
    let seen = site.apple.count(Endpoint::Apps);
    until(|| process.log(), || site.apple.count(Endpoint::Apps) > seen + 2).await;
    version.state("IN_REVIEW");
    site.ci.wait_for(2).await;
    (site, process)
}

#[tokio::test]
async fn status_history_and_deliveries_beside_the_running_monitor() {
    let (site, process) = under_review().await;
    let said = site.say(&["status"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("acme 1 MyApp") && said.out.contains("In Review"), "{said:?}");
    let json = |out: &str| serde_json::from_str::<Value>(out).unwrap();
    let status = json(&site.say(&["status", "--json"]).await.out);
    let app = status.as_array().unwrap().iter().find(|app| app["app_id"] == "1").unwrap().clone();
    assert_eq!((&app["source"], &app["subjects"][0]["status_code"]), (&"acme".into(), &"IN_REVIEW".into()));

    let message = changed("MyApp", "In Review");
    let said = site.say(&["history"]).await;
    assert!(said.code == Some(0) && said.out.lines().count() == 1 && said.out.contains(&message), "{said:?}");
    let history = json(&site.say(&["history", "--json", "--app", "1"]).await.out);
    assert_eq!(history[0]["id"], Value::from(site.ci.taken()[1].id.clone()));
    assert_eq!(json(&site.say(&["history", "--json", "--app", "2"]).await.out), Value::Array(Vec::new()));

    let said = site.say(&["deliveries", "--sink", "ci"]).await;
    assert!(said.code == Some(0) && said.out.lines().count() == 2 && said.out.contains(&message), "{said:?}");
    let deliveries = json(&site.say(&["deliveries", "--json", "--limit", "1"]).await.out);
    assert_eq!(deliveries.as_array().unwrap().len(), 1);
    assert_eq!((&deliveries[0]["message"], &deliveries[0]["sink"]), (&message.into(), &"ci".into()));
    let said = site.say(&["deliveries", "--state", "lost"]).await;
    assert!(said.code == Some(2) && said.err.contains("lost"), "{said:?}");
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn a_second_monitor_on_the_same_file_is_refused() {
    let (site, process) = under_review().await;
    let said = site.say(&["run"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("another monitor uses") && said.err.contains("statused.db"), "{said:?}");
    assert_eq!(process.terminate().await.code(), Some(0), "the first one is unharmed");
}

#[tokio::test]
async fn a_wrong_file_exits_2_names_the_line_and_shows_no_secret() {
    let site = Site::new().await;
    let good = site.text("");
    for (from, to, line, words) in [
        ("poll_every = \"30ms\"", "poll_evry = \"30ms\"", Some(11), "unknown field `poll_evry`"),
        ("poll_every = \"30ms\"", "poll_every = \"soon\"", Some(11), "duration"),
        ("sinks = [\"ci\"]", "sinks = [\"cii\"]", Some(25), "cii"),
        ("retries = 9", "retries = 9\nsecret = \"hush hush\"", Some(21), ""),
        ("secret = \"file:secret.txt\"", "secret = \"hush hush\"\nurll = \"https://h.example/hush\"", Some(19), "urll"),
        ("secret = \"file:secret.txt\"", "secret = \"hush hush", Some(18), ""),
        ("file:secret.txt", "file:hidden.txt", None, "hidden.txt"),
        ("file:secret.txt", "env:STATUSED_TEST_NOT_SET", None, "STATUSED_TEST_NOT_SET"),
    ] {
        assert!(good.contains(from), "{from}");
        std::fs::write(site.path("statused.toml"), good.replacen(from, to, 1)).unwrap();
        let said = site.say(&["run"]).await;
        assert_eq!(said.code, Some(2), "{to}: {said:?}");
        let place = line.map(|line| format!("statused.toml:{line}: ")).unwrap_or_default();
        assert!(said.err.contains(&place) && said.err.contains(words), "{to}: {said:?}");
        assert!(!said.err.contains("hush") && !said.out.contains("hush"), "{to}: {said:?}");
    }
    std::fs::remove_file(site.path("statused.toml")).unwrap();
    assert_eq!(site.say(&["run"]).await.code, Some(2));
    assert_eq!(site.say(&["walk"]).await.code, Some(2));
}

#[tokio::test]
async fn check_says_line_by_line_what_is_wrong() {
    let site = Site::new().await;
    site.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let said = site.say(&["check"]).await;
    assert!(
        said.code == Some(0) && said.out.contains("warn source acme: rate limit: "),
        "too fast for Apple, which is taken all the same: {said:?}"
    );
    std::fs::write(site.path("statused.toml"), site.text("").replace("30ms", "30s")).unwrap();
    let said = site.say(&["check"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.lines().all(|line| line.starts_with("ok ")), "{said:?}");
    for part in ["store: ", "sink ci: ", "workflow all: ", "source acme: token: accepted", "source acme: builds"] {
        assert!(said.out.contains(part), "{part}: {said:?}");
    }
    assert!(!said.out.contains(SECRET) && !site.path("statused.db").exists());

    site.apple.agreement_pending(true);
    let said = site.say(&["check"]).await;
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.out.contains("FAIL source acme: agreements: ") && said.err.contains("1 checks have failed"),
        "{said:?}"
    );
    site.apple.agreement_pending(false);
    site.apple.inject(Fault::status(403).on(Endpoint::Builds).always());
    let said = site.say(&["check", "--json"]).await;
    assert_eq!(said.code, Some(3), "{said:?}");
    let lines: Value = serde_json::from_str(&said.out).unwrap();
    let bad: Vec<_> = lines["source acme"].as_array().unwrap().iter().filter(|line| line["ok"] == false).collect();
    assert!(bad.len() == 1 && bad[0]["what"] == "builds", "{lines:#}");
    assert!(site.ci.hits().is_empty(), "nothing is sent");
}

#[tokio::test]
async fn test_sink_sends_a_sample_and_says_what_came_of_it() {
    let site = Site::new().await;
    let said = site.say(&["test-sink", "ci"]).await;
    assert_eq!((said.code, said.out.trim()), (Some(0), "ci: delivered (200)"), "{said:?}");
    assert_eq!(site.ci.told(), ["This is a test notification for ci. No status has changed."]);
    site.ci.always(Reply::Status(500));
    let said = site.say(&["test-sink", "ci", "--json"]).await;
    let lines: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &lines[0]["verdict"], &lines[0]["status"]), (Some(3), &"retry".into(), &500.into()));
    assert_eq!(site.ci.hits().len(), 2, "one try");
    let said = site.say(&["test-sink", "nowhere"]).await;
    assert!(said.code == Some(2) && said.err.contains("nowhere"), "{said:?}");
    assert_eq!(site.say(&["test-workflow", "all"]).await.code, Some(3));
}

#[tokio::test]
async fn a_parked_sink_is_freed_from_outside() {
    let site = Site::new().await;
    let version = site.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let process = site.start();
    site.ci.wait_for(1).await;
    let seen = site.apple.count(Endpoint::Apps);
    until(|| process.log(), || site.apple.count(Endpoint::Apps) > seen + 2).await;
    site.ci.script([Reply::Status(410)]);
    version.state("WAITING_FOR_REVIEW");
    site.ci.wait_for_hits(2).await;
    assert_eq!(process.terminate().await.code(), Some(0));
    let said = site.say(&["deliveries", "--state", "pending"]).await;
    assert!(said.out.lines().count() == 1 && said.out.contains("last dead 410"), "it is parked: {said:?}");
    assert_eq!(site.say(&["test-sink", "ci"]).await.code, Some(0));
    let process = site.start();
    site.ci.wait_for(3).await;
    assert_eq!(site.ci.told()[2], changed("MyApp", "Waiting for Review"));
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn a_new_secret_in_the_file_signs_what_comes_next() {
    let (site, process) = under_review().await;
    assert!(site.ci.hits().iter().all(|hit| hit.signed_with == Some(SECRET)));
    std::fs::write(site.path("secret.txt"), NEXT_SECRET).unwrap();
    let app = site.apple.app("1", "MyApp", "com.acme.app");
    let end = std::time::Instant::now() + PATIENCE;
    // News, until the news is signed with the new secret.
    for number in 1.. {
        let count = site.ci.hits().len();
        app.build("1.0", &number.to_string()).processing("VALID");
        site.ci.wait_for_hits(count + 1).await;
        if site.ci.hits()[count].signed_with == Some(NEXT_SECRET) {
            break;
        }
        assert!(std::time::Instant::now() < end, "still the old secret: {}", process.log());
    }
    assert!(site.ci.hits().iter().all(|hit| hit.signed_with.is_some()));
    assert!(!process.log().contains(NEXT_SECRET) && !process.log().contains(SECRET));
    assert_eq!(process.terminate().await.code(), Some(0));
}
