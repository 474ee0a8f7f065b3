//! Keys: what is wrong with them, and that they are never shown.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use statused_apple::client::{Client, Credentials, KeyError};
use statused_apple::testkit::{FakeAppStoreConnect, Fault};
use statused_apple::{AppStoreConnect, ConfigError};
use statused_core::StatusSource as _;

use crate::support::*;

const ISSUER: &str = "57246542-96fe-1a63-e053-0824d011072a";

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", STANDARD.encode(der))
}

#[tokio::test]
async fn every_key_that_is_none_is_named() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let good = fake.private_key();
    let relabelled = |label: &str| good.replace("PRIVATE KEY", label);
    let body: String = good.lines().filter(|line| !line.starts_with('-')).collect();
    let check = |text: &str, word: &str| {
        let error = Credentials::team("2X9R4HXF34", ISSUER, text).unwrap_err();
        assert!(error.to_string().contains(word), "{word}: {error}");
        assert!(!error.to_string().contains(&body[..16]) && !format!("{error:?}").contains(&body[..16]));
    };
    check("", "empty");
    check("  \n ", "empty");
    check("AuthKey_2X9R4HXF34.p8", "no PEM");
    check(&body, "no PEM");
    check(&relabelled("CERTIFICATE"), "a certificate");
    check(&relabelled("PUBLIC KEY"), "a public key");
    check(&relabelled("RSA PRIVATE KEY"), "an RSA key");
    check(&relabelled("EC PRIVATE KEY"), "SEC 1");
    check(&relabelled("ENCRYPTED PRIVATE KEY"), "passphrase");
    check(&relabelled("OPENSSH PRIVATE KEY"), "some other PEM");
    check(&good[..120], "cut off");
    let shortened = good.replacen(&body[70..90], "", 1);
    check(&format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", &body[..body.len() - 24]), "cut off");
    check(&shortened, "cut off");
    let rsa: Pkcs8V1Der<'_> = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap().as_der().unwrap();
    check(&pem(rsa.as_ref()), "an RSA key");
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
    check(&pem(p384.as_ref()), "P-256");
    let ed25519 = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
    check(&pem(ed25519.as_ref()), "another algorithm");
}

#[tokio::test]
async fn keys_are_taken_as_environment_variables_mangle_them() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let good = fake.private_key();
    for text in [
        good.replace('\n', "\\n"),
        good.replace('\n', "\\r\\n"),
        good.replace('\n', "\r\n"),
        good.replace('\n', " "),
        format!("\u{feff}  {good}\n\n"),
    ] {
        assert!(Credentials::team("2X9R4HXF34", ISSUER, SecretString::from(text)).is_ok());
    }
}

#[tokio::test]
async fn ids_are_trimmed_and_checked() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let team = |key: &str, issuer: &str| Credentials::team(key, issuer, fake.private_key());
    let good = team(" 2X9R4HXF34\n", &format!("\t{ISSUER} ")).unwrap();
    assert_eq!((good.key_id(), good.issuer_id()), ("2X9R4HXF34", Some(ISSUER)));
    assert_eq!(team("", ISSUER).unwrap_err(), KeyError::KeyId);
    assert_eq!(team(ISSUER, "2X9R4HXF34").unwrap_err(), KeyError::IssuerId, "swapped");
    assert_eq!(team("2X9R4HXF34", "").unwrap_err(), KeyError::IssuerId);
    assert_eq!(Credentials::individual("AuthKey_X.p8", fake.private_key()).unwrap_err(), KeyError::KeyId);
}

#[tokio::test]
async fn bundle_ids_are_no_app_ids() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let error = builder(&fake).apps(["com.acme.app"]).build().unwrap_err();
    assert_eq!(error, ConfigError::AppId("com.acme.app".to_owned()));
    assert_eq!(builder(&fake).poll_every(std::time::Duration::ZERO).build().unwrap_err(), ConfigError::Interval);
}

#[tokio::test]
async fn nothing_shows_a_secret() {
    let fake = FakeAppStoreConnect::start().await.unwrap();
    let key: String = fake.private_key().lines().nth(1).unwrap().to_owned();
    let source = builder(&fake).build().unwrap();
    let client = Client::builder(fake.credentials());
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        fake.credentials(),
        client.clone(),
        client.build().unwrap(),
        AppStoreConnect::builder(fake.credentials()),
        source,
        fake,
    );
    assert!(shown.contains("[redacted]"));
    assert!(!shown.contains(&key) && !shown.contains("eyJ"));
}

/// A gateway that repeats the request must not put the token into our log.
#[tokio::test]
async fn an_echoed_token_is_cut_out() {
    let home = wiremock::MockServer::start().await;
    let echo = |request: &wiremock::Request| {
        let token = request.headers.get("authorization").unwrap().to_str().unwrap().replace("Bearer ", "");
        let body = serde_json::json!({"errors": [{"status": "400", "code": format!("X.{token}"), "title": "t", "detail": format!("saw {token}\nhere")}]});
        wiremock::ResponseTemplate::new(400).set_body_json(body)
    };
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(echo).mount(&home).await;
    let mut watch = watch_with(|builder| builder.base_url(home.uri())).await;
    let error = watch.try_poll(&[]).await.unwrap_err();
    assert!(!error.message.contains("eyJ") && error.message.contains("[redacted]"), "{error}");
    let health = format!("{:?}", watch.source.health());
    assert!(!health.contains("eyJ"), "{health}");
    let lines = format!("{:?}", watch.source.check().await);
    assert!(!lines.contains("eyJ"), "{lines}");
}

#[tokio::test]
async fn reports_and_checkpoints_have_no_secret() {
    let mut watch = watch().await;
    watch.app().version("1.0").state("IN_REVIEW");
    watch.fake.inject(Fault::status(500).on(statused_apple::testkit::Endpoint::Builds).always());
    let report = watch.poll_through().await;
    let shown = format!("{report:?}");
    assert!(!shown.contains("eyJ") && !shown.contains("PRIVATE"));
}
