//! Notifications of Amazon's SNS, and their signatures.

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use url::Url;

use super::Refusal;

/// A message of SNS as it is posted.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Notification {
    pub(super) r#type: String,
    message_id: String,
    pub(super) topic_arn: String,
    #[serde(default)]
    subject: Option<String>,
    pub(super) message: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default, rename = "SubscribeURL")]
    subscribe_url: Option<String>,
}

impl Notification {
    /// Where the certificate that signed it is, if Amazon keeps it there.
    pub(super) fn certificate_url(&self) -> Result<Url, Refusal> {
        let url = amazons(&self.signing_cert_url).filter(|url| url.path().ends_with(".pem"));
        url.ok_or(Refusal::Unauthorized("SigningCertURL is not one of Amazon's"))
    }

    /// Where the subscription is confirmed, if Amazon does it there.
    pub(super) fn subscribe_url(&self) -> Result<Url, Refusal> {
        let url = self.subscribe_url.as_deref().and_then(amazons);
        url.filter(|url| url.query_pairs().any(|(name, value)| name == "Action" && value == "ConfirmSubscription"))
            .ok_or(Refusal::Unreadable("SubscribeURL is not one of Amazon's"))
    }

    /// Whether the certificate's key has signed it.
    pub(super) fn is_signed_by(&self, pem: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match &*self.signature_version {
            "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "2" => &RSA_PKCS1_2048_8192_SHA256,
            _ => return false,
        };
        let Ok(signature) = STANDARD.decode(&self.signature) else { return false };
        let Ok(certificate) = CertificateDer::from_pem_slice(pem) else { return false };
        let Ok(certificate) = webpki::EndEntityCert::try_from(&certificate) else { return false };
        let Ok(key) = ParsedPublicKey::new(algorithm, certificate.subject_public_key_info()) else { return false };
        key.verify_sig(self.signed_text().as_bytes(), &signature).is_ok()
    }

    /// What is signed: names and values, a line each, in an order that Amazon documents.
    fn signed_text(&self) -> String {
        let subject = self.subject.as_deref();
        let pairs: &[(&str, Option<&str>)] = if self.r#type == "Notification" {
            &[
                ("Message", Some(&self.message)),
                ("MessageId", Some(&self.message_id)),
                ("Subject", subject),
                ("Timestamp", Some(&self.timestamp)),
                ("TopicArn", Some(&self.topic_arn)),
                ("Type", Some(&self.r#type)),
            ]
        } else {
            &[
                ("Message", Some(&self.message)),
                ("MessageId", Some(&self.message_id)),
                ("SubscribeURL", self.subscribe_url.as_deref()),
                ("Timestamp", Some(&self.timestamp)),
                ("Token", self.token.as_deref()),
                ("TopicArn", Some(&self.topic_arn)),
                ("Type", Some(&self.r#type)),
            ]
        };
        let lines = pairs.iter().filter_map(|(name, value)| Some(format!("{name}\n{}\n", (*value)?)));
        lines.collect()
    }
}

/// An address of SNS itself: `https://sns.<region>.amazonaws.com`, or China's.
fn amazons(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    let region = host
        .strip_prefix("sns.")
        .and_then(|rest| rest.strip_suffix(".amazonaws.com").or_else(|| rest.strip_suffix(".amazonaws.com.cn")))?;
    let is_region = !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_plain = url.scheme() == "https" && url.port().is_none() && url.username().is_empty();
    (is_region && is_plain && url.password().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_amazons_own_addresses_are_opened() {
        for good in [
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
        ] {
            assert!(amazons(good).is_some(), "{good}");
        }
        for bad in [
            "http://sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.us-east-1.amazonaws.com:444/x.pem",
            "https://sns.us-east-1.amazonaws.com.evil.test/x.pem",
            "https://sns.evil.test/sns.us-east-1.amazonaws.com",
            "https://evil.test/?sns.us-east-1.amazonaws.com",
            "https://sns.a.b.amazonaws.com/x.pem",
            "https://sns..amazonaws.com/x.pem",
            "https://bucket.s3.amazonaws.com/x.pem",
            "https://u@sns.us-east-1.amazonaws.com/x.pem",
            "https://sns.us-east-1.amazonaws.com@evil.test/x.pem",
            "file:///etc/passwd",
            "",
        ] {
            assert!(amazons(bad).is_none(), "{bad}");
        }
    }
}
