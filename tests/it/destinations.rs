//! Every type of `[[sink]]`: its table is read, and a sample arrives where it should, in the place's own words.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::process::Site;

/// What a place got.
type Requests = Arc<Mutex<Vec<(Method, String, HeaderMap, String)>>>;

/// Places that answer as their vendors do when all is well, each below a path of its own.
async fn places() -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let requests = Requests::default();
    let app = Router::new().fallback(answer).with_state(Arc::clone(&requests));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (base, requests)
}

async fn answer(
    State(requests): State<Requests>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let place = uri.path().split('/').nth(1).unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(&body).into_owned();
    requests.lock().unwrap().push((method, uri.to_string(), headers, body));
    let (status, answer) = match place.as_str() {
        "slack" | "mattermost" => (200, "ok".to_owned()),
        "teams" | "pagerduty" => (202, String::new()),
        "github" => (204, String::new()),
        "jenkins" => (200, json!({ "jobs": { "release": { "triggered": true } } }).to_string()),
        "launchdarkly" => (200, json!({ "environments": { "production": { "on": true } } }).to_string()),
        "unleash" => (200, json!({ "name": "production", "enabled": true }).to_string()),
        "flagsmith" => (200, json!({ "feature": { "name": "new" }, "enabled": true }).to_string()),
        _ => (200, json!({ "ok": true, "status": "ok", "id": "1" }).to_string()),
    };
    (StatusCode::from_u16(status).unwrap(), answer)
}

/// The tables, as the README shows them; `BASE` is where the places are.
const TABLES: [(&str, &str); 24] = [
    ("webhook", "url = \"BASE/webhook\"\nsecret = [\"hush-new\", \"hush-old\"]"),
    ("slack", "url = \"BASE/slack\"\nmention = { \"Rejected\" = \"here\" }"),
    ("slack-workflow", "url = \"BASE/slack-workflow\""),
    ("discord", "url = \"BASE/discord/hush\"\nthread_id = \"42\""),
    ("teams", "url = \"BASE/teams/hush\""),
    ("mattermost", "url = \"BASE/mattermost/hush\""),
    ("google-chat", "url = \"BASE/google-chat/hush\""),
    ("telegram", "token = \"1:hush\"\nchat_id = \"-100\"\nbase_url = \"BASE/telegram\""),
    ("claude-routine", "url = \"BASE/claude-routine\"\ntoken = \"hush\"\nbeta = \"experimental-1\""),
    ("github", "repo = \"acme/app\"\ntoken = \"hush\"\nevent_type = \"status\"\nbase_url = \"BASE/github\""),
    (
        "gitlab",
        "project = \"7\"\nref = \"main\"\ntoken = \"hush\"\nvariables = { V = \"{{version}}\" }\nbase_url = \"BASE/gitlab\"",
    ),
    ("jenkins", "url = \"BASE/jenkins/generic-webhook-trigger/invoke\"\ntoken = \"hush\""),
    (
        "circleci",
        "project = \"gh/acme/app\"\ndefinition_id = \"2338d0ae-5541-4bbf-88a2-55e9f281e1b0\"\nbranch = \"main\"\ntoken = \"hush\"\nbase_url = \"BASE/circleci\"",
    ),
    (
        "bitrise",
        "app = \"2338d0ae55414bbf\"\nworkflow = \"release\"\nbranch = \"main\"\ntoken = \"hush\"\nbase_url = \"BASE/bitrise\"",
    ),
    ("azure-devops", "url = \"BASE/azure-devops/hush\"\nsecret = \"hush\"\nheader = \"X-Hub-Signature\""),
    (
        "codemagic",
        "app = \"2338d0ae55414bbf\"\nworkflow = \"release\"\nbranch = \"main\"\ntoken = \"hush\"\nbase_url = \"BASE/codemagic\"",
    ),
    ("bitbucket", "repo = \"acme/app\"\nbranch = \"main\"\ntoken = \"hush\"\nbase_url = \"BASE/bitbucket\""),
    ("pagerduty", "routing_key = \"hush0123456789hush0123456789hush\"\nbase_url = \"BASE/pagerduty\""),
    (
        "launchdarkly",
        "project = \"ios\"\nflag = \"new\"\nenvironment = \"production\"\ntoken = \"hush\"\noff = [\"In Review\"]\non = [\"Ready for Sale\"]\nbase_url = \"BASE/launchdarkly\"",
    ),
    (
        "unleash",
        "project = \"ios\"\nflag = \"new\"\nenvironment = \"production\"\ntoken = \"hush\"\noff = [\"In Review\"]\nbase_url = \"BASE/unleash\"",
    ),
    (
        "flagsmith",
        "environment = \"hush\"\nflag = \"new\"\ntoken = \"hush\"\non = [\"Ready for Sale\"]\nbase_url = \"BASE/flagsmith\"",
    ),
    (
        "jira",
        "base_url = \"BASE/jira\"\nuser = \"a@example.com\"\ntoken = \"hush\"\njql = \"fixVersion = {{version}}\"\ntransition = \"Released\"",
    ),
    (
        "http",
        "url = \"BASE/http/{{version}}\"\nheaders = { X-Key = \"hush\" }\nbody = '{\"text\": \"{{message}}\"}'\nsuccess = [200]",
    ),
    ("file", "path = \"events.jsonl\"\nformat = \"cloudevents\""),
];

/// A site whose file has all of these sinks, and one workflow for all.
async fn site(tables: &[(&str, String)]) -> Site {
    let site = Site::new().await;
    let mut text = site.text("");
    for (kind, table) in tables {
        let local = if matches!(*kind, "file" | "console") { "" } else { "allow_http = true\ntimeout = \"5s\"\n" };
        text.push_str(&format!("\n[[sink]]\nid = \"{kind}\"\ntype = \"{kind}\"\n{local}{table}\n"));
    }
    std::fs::write(site.path("statused.toml"), text).unwrap();
    site
}

#[tokio::test]
async fn a_sample_arrives_at_every_type_of_place() {
    let (base, requests) = places().await;
    let tables: Vec<_> = TABLES.iter().map(|(kind, table)| (*kind, table.replace("BASE", &base))).collect();
    let site = site(&tables).await;
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, _) in TABLES {
        let before = requests.lock().unwrap().len();
        let said = site.say(&["test-sink", kind]).await;
        if said.code != Some(0) {
            wrong.push(format!("{kind}: {said:?}"));
        }
        for output in [&said.out, &said.err] {
            assert!(!output.contains("hush"), "{kind}: {said:?}");
        }
        let here = requests.lock().unwrap()[before..].iter().filter(|r| r.1.starts_with(&format!("/{kind}"))).count();
        seen.insert(kind, here);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen.remove("file"), Some(0));
    let silent: Vec<_> = seen.iter().filter(|(_, count)| **count == 0).collect();
    // What has no dry run is not made to start work for a sample.
    assert!(silent.is_empty(), "{silent:?}");
    let line = std::fs::read_to_string(site.path("events.jsonl")).unwrap();
    let event: Value = serde_json::from_str(line.trim_end()).unwrap();
    assert_eq!((&event["type"], &event["source"]), (&json!("com.statused.test"), &json!("statused")));
}

#[tokio::test]
async fn check_builds_every_type_and_shows_no_secret() {
    let (base, _) = places().await;
    let tables: Vec<_> = TABLES.iter().map(|(kind, table)| (*kind, table.replace("BASE", &base))).collect();
    let site = site(&tables).await;
    site.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let said = site.say(&["check"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    for (kind, _) in TABLES {
        assert!(said.out.contains(&format!("ok   sink {kind}: ")), "{kind}: {said:?}");
    }
    assert!(!said.out.contains("hush") && !said.err.contains("hush"), "{said:?}");
}

#[tokio::test]
async fn the_console_says_it_on_the_standard_output() {
    let site = site(&[("console", String::new())]).await;
    let said = site.say(&["test-sink", "console"]).await;
    assert!(said.out.contains("This is a test notification for console."), "{said:?}");
}

#[tokio::test]
async fn mail_goes_out_by_smtp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        let (mut lines, mut mail, mut in_mail) = (BufReader::new(read).lines(), String::new(), false);
        write.write_all(b"220 here\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match (in_mail, line.as_str()) {
                (true, ".") => "250 taken\r\n",
                (true, _) => {
                    mail.push_str(&line);
                    mail.push('\n');
                    continue;
                }
                (false, "DATA") => "354 go on\r\n",
                (false, "QUIT") => "221 bye\r\n",
                (false, _) => "250 fine\r\n",
            };
            in_mail = line == "DATA" || (in_mail && line != ".");
            write.write_all(answer.as_bytes()).await.unwrap();
            if line == "." {
                break;
            }
        }
        mail
    });
    let table =
        format!("smtp = \"smtp://127.0.0.1:{port}\"\nfrom = \"Statused <s@example.com>\"\nto = [\"a@example.com\"]");
    let site = site(&[("email", table)]).await;
    let said = site.say(&["test-sink", "email"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let mail = server.await.unwrap();
    assert!(mail.contains("To: a@example.com") && mail.contains("test notification"), "{mail}");
}

#[tokio::test]
async fn a_type_that_does_not_exist_names_those_that_do() {
    let site = site(&[("pigeon", String::new())]).await;
    let said = site.say(&["check"]).await;
    assert!(said.code == Some(2) && said.err.contains("claude-routine") && said.err.contains("nats"), "{said:?}");
}
