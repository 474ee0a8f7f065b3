//! Keys: what is wrong with them, and that they are never shown.

use statused_core::StatusSource as _;
use statused_google::ServiceAccount;
use statused_google::client::KeyError;
use statused_google::testkit::{Endpoint, Fault};

use crate::support::*;

#[tokio::test]
async fn every_key_file_that_is_none_is_named() {
    let watch = watch().await;
    let good: serde_json::Value = serde_json::from_str(&watch.fake.key_file()).unwrap();
    let secret = good["private_key"].as_str().unwrap()[40..80].to_owned();
    let check = |change: &dyn Fn(&mut serde_json::Value), expected: KeyError| {
        let mut file = good.clone();
        change(&mut file);
        let error = ServiceAccount::from_json(file.to_string()).unwrap_err();
        assert_eq!(error, expected);
        assert!(!format!("{error} {error:?}").contains(&secret));
    };
    let lacks = |field| KeyError::Lacks { field };
    let kind = |found: &str| KeyError::WrongKind { found: found.to_owned() };
    check(&|file| *file = serde_json::json!([]), KeyError::NotJson);
    check(&|file| *file = serde_json::json!({"installed": {"client_id": "x"}}), kind("an OAuth client"));
    check(&|file| file["type"] = "authorized_user".into(), kind("authorized_user"));
    check(&|file| file["type"] = serde_json::Value::Null, lacks("type"));
    for field in ["client_email", "token_uri", "private_key"] {
        check(&|file| drop(file.as_object_mut().unwrap().remove(field)), lacks(field));
    }
    check(&|file| file["token_uri"] = "http://example.com/token".into(), KeyError::TokenUri);
    check(
        &|file| file["private_key"] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".into(),
        KeyError::Damaged,
    );
    check(
        &|file| {
            let pem = file["private_key"].as_str().unwrap();
            file["private_key"] = format!("{}{}", &pem[..200], &pem[300..]).into();
        },
        KeyError::Damaged,
    );
    for (text, expected) in
        [("", KeyError::Empty), (" \n", KeyError::Empty), ("service-account.json", KeyError::NotJson)]
    {
        assert_eq!(ServiceAccount::from_json(text).unwrap_err(), expected);
    }
    // As an environment variable carries it.
    let escaped = watch.fake.key_file().replace("\\n", "\\\\n");
    assert!(ServiceAccount::from_json(escaped).is_ok());
}

#[tokio::test]
async fn no_secret_is_ever_shown() {
    let mut watch = watch().await;
    watch.release("1.0", 1).publish();
    let file: serde_json::Value = serde_json::from_str(&watch.fake.key_file()).unwrap();
    let key = file["private_key"].as_str().unwrap()[40..80].to_owned();
    let mut shown = vec![
        format!("{:?}", watch.fake.account()),
        format!("{:?}", watch.source),
        format!("{:?}", watch.source.client()),
        format!("{:?}", watch.fake.source()),
        format!("{:?}", watch.fake),
    ];
    let report = watch.poll().await;
    shown.push(format!("{report:?}"));
    // A server that repeats what it was sent.
    let echo = r#"{"error":{"code":403,"message":"no: ya29.fake-token-1","status":"PERMISSION_DENIED"}}"#;
    watch.fake.inject(Fault::json(403, echo).on(Endpoint::OpenEdit));
    let error = watch.try_poll().await.unwrap_err();
    assert!(error.message.contains("[redacted]"), "{error}");
    shown.push(format!("{error} {error:?}"));
    watch.fake.inject(Fault::invalid_grant().on(Endpoint::Token).always());
    watch.fake.revoke_tokens();
    shown.push(format!("{:?}", watch.try_poll().await));
    shown.push(format!("{:?} {:?}", watch.source.health(), watch.source.vitals()));
    shown.push(format!("{:?}", watch.source.check().await));
    for text in shown {
        for secret in [key.as_str(), "ya29", "eyJ", "BEGIN PRIVATE"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
