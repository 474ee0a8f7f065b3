//! What the configuration takes and what it refuses.

use super::*;

const GOOD: &str = r#"
[store]
url = "memory:"

[server]
listen = "127.0.0.1:8080"
token = "env:STATUSED_TOKEN"

[[source]]
id = "acme"
type = "app-store-connect"
key_id = "KEY"
issuer_id = "57246542-96fe-1a63-e053-0824d011072a"
private_key = "file:AuthKey.p8"
apps = ["1234567890"]
poll_every = "250ms"
base_url = "http://127.0.0.1:1"

[[sink]]
id = "ci"
type = "webhook"
url = "env:WEBHOOK_URL"
secret = ["hush-new", "hush-old"]

[[sink]]
id = "chat"
type = "slack"
url = "https://hooks.slack.com/services/T/B/hush"
retries = 3

[[workflow]]
id = "ios"
apps = ["1234567890"]
events = ["app", "build", "account"]
statuses = ["Ready for Sale"]
sinks = ["ci", "chat"]
"#;

/// What a source with pushes adds.
const PUSHED: &str = "\n[source.webhooks]\n1 = \"hush-one\"\n2 = [\"hush-two\", \"env:OLD\"]\n";

fn with_pushes() -> String {
    GOOD.replace("base_url = \"http://127.0.0.1:1\"\n", &format!("reconcile_every = \"10m\"\n{PUSHED}"))
        .replace("token = ", "public_url = \"https://status.example.com/\"\ntoken = ")
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("statused.toml"), text)
}

#[test]
fn the_stores_url_may_hold_a_password_and_never_shows_it() {
    for url in ["postgres://me:hush@db.example.com/statused", "env:DATABASE_URL"] {
        let config = parse(&GOOD.replace("memory:", url)).unwrap();
        assert!(!format!("{:?}", config.store).contains("hush"));
    }
}

#[test]
fn reads_every_key() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.sources["acme"].apple().unwrap().poll_every, Some(std::time::Duration::from_millis(250)));
    assert_eq!(config.workflows["ios"].sinks.len(), 2);
    assert_eq!(config.sinks["ci"].secrets().len(), 3);
    assert_eq!(config.resolve("AuthKey.p8"), Path::new("AuthKey.p8"));
}

#[test]
fn reads_the_secrets_of_pushes() {
    let config = parse(&with_pushes()).unwrap();
    let source = config.sources["acme"].apple().unwrap();
    assert_eq!(source.webhooks.keys().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(source.webhooks["2"].iter().count(), 2);
    assert_eq!(config.server.as_ref().unwrap().public_url.as_deref(), Some("https://status.example.com"));
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn pushes_that_could_not_arrive_are_refused() {
    let server = "[server]\nlisten = \"127.0.0.1:8080\"\npublic_url = \"https://status.example.com/\"\ntoken = \"env:STATUSED_TOKEN\"\n";
    assert!(with_pushes().contains(server));
    let error = parse(&with_pushes().replace(server, "")).unwrap_err().to_string();
    assert!(error.starts_with("statused.toml:7: ") && error.contains("nowhere to arrive"), "{error}");
    for url in ["status.example.com", "ftp://status.example.com", "https://", "https://x.example/?y"] {
        let error = parse(&with_pushes().replace("https://status.example.com/", url)).unwrap_err().to_string();
        assert!(error.starts_with("statused.toml:7: ") && error.contains("public_url"), "{error}");
    }
}

#[test]
fn names_the_line_of_what_is_wrong() {
    for (from, to, line, words) in [
        ("apps = [\"1234567890\"]\npoll", "aps = 1\npoll", 15, "unknown field `aps`"),
        ("\"250ms\"", "\"soon\"", 16, "no duration"),
        ("\"250ms\"", "\"0s\"", 16, "longer than nothing"),
        ("id = \"chat\"", "id = \"ci\"", 26, "another sink with the id \"ci\""),
        ("sinks = [\"ci\", \"chat\"]", "sinks = [\"ci\", \"chatt\"]", 36, "no [[sink]] with the id \"chatt\""),
        ("type = \"slack\"", "type = \"pigeon\"", 27, "no type of sink"),
        ("type = \"app-store-connect\"", "type = \"corner-shop\"", 11, "no type of source"),
        ("id = \"ci\"\n", "", 19, "has no `id`"),
        ("\"app\", \"build\"", "\"apps\", \"build\"", 34, "events are"),
        ("[server]", "[sever]", 5, "unknown field `sever`"),
        ("\"127.0.0.1:8080\"", "\"8080\"", 6, "an address and a port"),
        ("retries = 3", "retries = \"often\"", 29, "standard-webhooks"),
        ("key_id = \"KEY\"", "key_id = ", 12, ""),
        ("key_id = \"KEY\"\n", "", 9, "key_id"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("statused.toml:{line}: ")) && error.contains(words), "{to}: {error}");
    }
}

#[test]
fn no_secret_shows() {
    let config = parse(GOOD).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("hush"), "{shown}");
    // The parser's own errors quote the line; ours must not.
    let error = parse(&GOOD.replace("\"hush-old\"]", "\"hush-old\", 5]")).unwrap_err().to_string();
    assert!(!error.contains("hush"), "{error}");
    let error = parse(&GOOD.replace("/hush\"", "/hush\" 5")).unwrap_err().to_string();
    assert!(!error.contains("hush"), "{error}");
}
