//! What `[source.mail]` takes and what it refuses.

use super::*;

fn file(server: &str, mail: &str) -> String {
    format!(
        "{server}[[source]]\nid = \"play\"\ntype = \"google-play\"\nservice_account = \"file:account.json\"\n\
         [source.mail]\n{mail}"
    )
}

const HERE: &str = "[server]\nlisten = \"127.0.0.1:8080\"\n";
const EVERYWHERE: &str = "[server]\nlisten = \"[::]:8080\"\n";

fn parse(server: &str, mail: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("statused.toml"), &file(server, mail))
}

/// The line, counted from that of `[source.mail]`, and the words.
fn refused(server: &str, mail: &str) -> (usize, String) {
    let error = parse(server, mail).unwrap_err().to_string();
    let (line, words) = error.strip_prefix("statused.toml:").unwrap().split_once(": ").unwrap();
    let begin = file(server, mail).lines().position(|line| line == "[source.mail]").unwrap() + 1;
    (line.parse::<usize>().unwrap().saturating_sub(begin), words.to_owned())
}

fn posted(server: &str, mail: &str) -> String {
    let config = parse(server, mail).unwrap_or_else(|error| panic!("{mail}: {error}"));
    let mail = config.sources["play"].google().unwrap().mail.as_ref().unwrap();
    format!("{:?}", mail.posted())
}

const IMAP: &str = "imap = { host = \"imap.example.com\", user = \"u\", password = \"hush\" }\n";

#[test]
fn every_provider_with_what_proves_it() {
    for (mail, expected) in [
        ("", "Some(Open)"),
        ("provider = \"raw\"", "Some(Open)"),
        ("token = \"hush\"", "Some(Token([redacted]))"),
        ("user = \"u\"\npassword = \"hush\"", "Some(Login(Raw, \"u\", [redacted]))"),
        ("provider = \"ses-sns\"\ntopic = \"arn:aws:sns:r:1:t\"", "Some(Topic(\"arn:aws:sns:r:1:t\"))"),
        ("provider = \"mailgun\"\nsigning_key = \"env:KEY\"", "Some(Mailgun(env:KEY))"),
        ("provider = \"postmark\"\nuser = \"u\"\npassword = \"hush\"", "Some(Login(Postmark, \"u\", [redacted]))"),
        ("provider = \"sendgrid\"\nuser = \"u\"\npassword = \"hush\"", "Some(Login(SendGrid, \"u\", [redacted]))"),
        ("provider = \"sendgrid\"\npublic_key = \"hush\"", "Some(SendGrid([redacted]))"),
        (IMAP, "None"),
        ("maildir = \"Maildir\"", "None"),
    ] {
        assert_eq!(posted(HERE, mail), expected, "{mail}");
    }
    // What is fetched may be posted, too, if it is said who may.
    assert_eq!(posted(EVERYWHERE, &format!("{IMAP}token = \"hush\"\n")), "Some(Token([redacted]))");
}

#[test]
fn only_what_proves_its_sender_comes_from_outside() {
    for outside in [EVERYWHERE, "[server]\nlisten = \"127.0.0.1:8080\"\npublic_url = \"https://s.example.com\"\n"] {
        for open in ["", "provider = \"raw\"\n"] {
            assert!(refused(outside, open).1.contains("fill the quarantine"), "{outside}{open}");
        }
        assert_eq!(posted(outside, IMAP), "None", "nobody is meant to post");
        assert_eq!(posted(outside, "token = \"hush\""), "Some(Token([redacted]))");
    }
    for posted in ["", "token = \"hush\"", &format!("{IMAP}provider = \"mailgun\"\nsigning_key = \"hush\"")] {
        assert!(refused("", posted).1.contains("nowhere to arrive"), "{posted}");
    }
    assert!(parse("", IMAP).is_ok());
}

#[test]
fn names_the_line_of_what_does_not_belong() {
    for (mail, line, words) in [
        ("provider = \"pigeon\"", 1, "ses-sns"),
        ("recipients = []\nprovider = \"mailgun\"", 2, "needs `signing_key`"),
        ("provider = \"mailgun\"\ntoken = \"hush\"", 2, "`token` is not for provider = \"mailgun\""),
        ("provider = \"mailgun\"\nsigning_key = \"hush\"\n\nuser = \"u\"", 4, "`user` is not for"),
        ("provider = \"postmark\"\nuser = \"u\"", 1, "`user` and `password`"),
        ("provider = \"sendgrid\"\npublic_key = \"hush\"\nuser = \"u\"\npassword = \"hush\"", 1, "or `public_key`"),
        ("\ntoken = \"hush\"\nuser = \"u\"\npassword = \"hush\"", 2, "needs `token`, or `user` and `password`"),
        ("signing_key = \"hush\"", 1, "not for provider = \"raw\""),
        ("provider = \"ses-sns\"", 1, "`topic`"),
        ("\nexpect_forwarding_from = 5", 2, "a text, or a list of texts"),
        ("\n\nquarantined = \"x\"", 3, "unknown field `quarantined`"),
        ("imap = { host = \"h\", user = \"u\", password = \"hush\", tsl = \"plain\" }", 1, "unknown field `tsl`"),
        ("imap = { host = \"h\", user = \"u\" }", 1, "password"),
    ] {
        let (found, told) = refused(HERE, mail);
        assert!(told.contains(words) && !told.contains("hush"), "{mail}: {told}");
        assert_eq!(found, line, "{mail}: {told}");
    }
}

#[test]
fn the_file_of_the_readme_is_taken() {
    let readme = include_str!("../../../README.md");
    let blocks = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let whole = blocks.filter(|block| block.contains("[[source]]")).map(|block| {
        let config = Config::parse(Path::new("statused.toml"), block).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((config.sources.len(), config.sinks.len(), config.workflows.len()), (2, 2, 1));
    });
    assert_eq!(whole.count(), 1);
}
