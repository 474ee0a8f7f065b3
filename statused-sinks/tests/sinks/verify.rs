//! The receiver's side.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue};
use statused_core::model::EventKind;
use statused_core::testkit::hostile::withstands;
use statused_sinks::webhook::{ParseError, Received, SecretError, Verifier, VerifyError, verify_statused_signature};

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "This is my secret";
const BODY: &[u8] = b"{\"test\": 2432232314}";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// The headers of a request that the oracle has signed at second 1000.
fn signed(secret: &str) -> HeaderMap {
    let oracle = match secret.strip_prefix("whsec_") {
        Some(_) => standardwebhooks::Webhook::new(secret).unwrap(),
        None => standardwebhooks::Webhook::from_bytes(secret.into()).unwrap(),
    };
    let signature = oracle.sign("evt_1", 1000, BODY).unwrap();
    HeaderMap::from_iter(
        [("webhook-id", "evt_1"), ("webhook-timestamp", "1000"), ("webhook-signature", &signature)]
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())),
    )
}

#[test]
fn what_any_of_the_secrets_signed_is_accepted() {
    let verifier = Verifier::new([NEW, OLD]).unwrap();
    for secret in [NEW, OLD] {
        assert_eq!(verifier.verify(&signed(secret), BODY, at(1000)), Ok(()), "{secret}");
    }
    let mut several = signed(OLD);
    let signatures = format!("v1a,AAAA v1,!! v1,AAAA {} v2,x", several["webhook-signature"].to_str().unwrap());
    several.insert("webhook-signature", signatures.parse().unwrap());
    assert_eq!(verifier.verify(&several, BODY, at(1000)), Ok(()));
}

#[test]
fn no_spoiled_signature_fits() {
    let verifier = Verifier::new([NEW]).unwrap();
    let good = signed(NEW)["webhook-signature"].to_str().unwrap().to_owned();
    let mut fit = 0;
    withstands(&[good.as_bytes()], &["v1,", " ", "v1a,", "=", "AAAA"], 20_000, |value| {
        let Ok(value) = std::str::from_utf8(value) else { return };
        let fits = verifier.verify_parts("evt_1", "1000", value, BODY, at(1000)).is_ok();
        let same = |member: &str| member.trim_end_matches('=') == good.trim_end_matches('=');
        assert!(!fits || value.split(' ').any(same), "{value}");
        fit += usize::from(fits);
        assert!(verify_statused_signature(NEW, BODY, value).is_err());
        assert!(verifier.verify_parts("evt_1", value, &good, BODY, at(1000)).is_err(), "no time at all");
    });
    assert!(fit > 100, "one of several may fit: {fit}");
}

#[test]
fn what_they_did_not_sign_is_refused() {
    let verifier = Verifier::new([NEW]).unwrap();
    let check = |change: &dyn Fn(&mut HeaderMap), body: &[u8]| {
        let mut headers = signed(NEW);
        change(&mut headers);
        verifier.verify(&headers, body, at(1000)).unwrap_err()
    };
    let set = |name: &'static str, value: &'static str| {
        move |headers: &mut HeaderMap| drop(headers.insert(name, HeaderValue::from_static(value)))
    };
    let remove = |name: &'static str| move |headers: &mut HeaderMap| drop(headers.remove(name));

    assert_eq!(check(&|_| {}, b"{\"test\": 2432232315}"), VerifyError::BadSignature);
    assert_eq!(check(&set("webhook-id", "evt_2"), BODY), VerifyError::BadSignature);
    assert_eq!(check(&set("webhook-timestamp", "1001"), BODY), VerifyError::BadSignature);
    assert_eq!(check(&set("webhook-signature", ""), BODY), VerifyError::BadSignature);
    assert_eq!(check(&set("webhook-signature", "v1,"), BODY), VerifyError::BadSignature);
    assert_eq!(check(&|headers| *headers = signed(OLD), BODY), VerifyError::BadSignature);
    for timestamp in ["soon", "", "99999999999999999999", "9223372036854775807"] {
        let error = check(&set("webhook-timestamp", timestamp), BODY);
        assert_eq!(error, VerifyError::Malformed("webhook-timestamp"), "{timestamp}");
    }
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        assert_eq!(check(&remove(name), BODY), VerifyError::MissingSignature(name));
    }
}

#[test]
fn old_and_future_requests_are_refused() {
    let five_minutes = Verifier::new([NEW]).unwrap();
    let ten_seconds = Verifier::new([NEW]).unwrap().with_tolerance(Duration::from_secs(10));
    let for_ever = Verifier::new([NEW]).unwrap().with_tolerance(Duration::MAX);
    for (verifier, now, result) in [
        (&five_minutes, 1300, Ok(())),
        (&five_minutes, 1301, Err(VerifyError::TooOld)),
        (&five_minutes, 700, Ok(())),
        (&five_minutes, 699, Err(VerifyError::TooNew)),
        (&ten_seconds, 1010, Ok(())),
        (&ten_seconds, 1011, Err(VerifyError::TooOld)),
        (&for_ever, 99_999_999, Ok(())),
    ] {
        assert_eq!(verifier.verify(&signed(NEW), BODY, at(now)), result, "at {now}");
    }
    // A forgery does not learn whether its time would do.
    assert_eq!(five_minutes.verify(&signed(OLD), BODY, at(9999)), Err(VerifyError::BadSignature));
}

#[test]
fn a_verifier_needs_secrets_and_shows_none() {
    assert_eq!(Verifier::new::<String>([]).unwrap_err(), SecretError::Missing);
    assert_eq!(Verifier::new([NEW, ""]).unwrap_err(), SecretError::Empty { position: 2 });
    assert!(!format!("{:?}", Verifier::new([NEW]).unwrap()).contains(NEW));
}

#[test]
fn the_original_signature_is_checked() {
    let hex = "7f062172b01cb00b53ca068614674a3d982a34062a0f5d37687d5e3377e54657";
    let check = |value: &str| verify_statused_signature(NEW, b"Hello, World!", value);
    assert_eq!(check(&format!("sha256={hex}")), Ok(()));
    assert_eq!(check(&format!("sha256={}", hex.to_uppercase())), Ok(()));
    assert_eq!(check(&format!("sha256={}", hex.replace("7f", "7e"))), Err(VerifyError::BadSignature));
    for malformed in ["", hex, "sha256=", "sha256=7f", "sha1=7f", &format!("sha256={hex}0"), &format!("sha256=é{hex}")]
    {
        assert_eq!(check(malformed), Err(VerifyError::Malformed("X-Statused-Signature")), "{malformed}");
    }
    assert_eq!(
        verify_statused_signature(OLD, b"Hello, World!", &format!("sha256={hex}")),
        Err(VerifyError::BadSignature)
    );
}

/// The account example, as it stands in the reference.
#[test]
fn the_reference_is_read() {
    let body = br##"{
        "specversion": "1.0", "type": "com.statused.account.status.updated", "source": "statused",
        "id": "8cg36f85-fe81-6200-acff-ffddeeff9f406g", "time": "2025-01-12T22:20:15Z",
        "datacontenttype": "application/json",
        "data": {
            "message": "Action Needed: You Have Pending Agreements", "status": "Pending Agreement Acceptance",
            "store_name": "App Store Connect", "status_color": "#ff6b6b", "timestamp": "2025-01-12T22:20:15Z",
            "internal_store_url": "https://appstoreconnect.apple.com/...", "a_field_of_tomorrow": true
        }
    }"##;
    let event = Received::parse(body).unwrap();
    assert_eq!(event.id, "8cg36f85-fe81-6200-acff-ffddeeff9f406g");
    assert_eq!(event.kind(), Some(EventKind::Account));
    assert_eq!(event.time.timestamp(), 1_736_720_415);
    assert_eq!(event.data.status, "Pending Agreement Acceptance");
    assert_eq!(event.data.app_name, None);

    let text = String::from_utf8_lossy(body);
    let of_tomorrow = text.replace("com.statused.account", "com.statused.planet");
    assert_eq!(Received::parse(of_tomorrow.as_bytes()).unwrap().kind(), None);
    let of_another_version = text.replace("\"1.0\"", "\"2.0\"");
    assert!(matches!(Received::parse(of_another_version.as_bytes()), Err(ParseError::SpecVersion)));
    assert!(matches!(Received::parse(b"{}"), Err(ParseError::Json(_))));
}
