//! A check that believes everything.

use async_trait::async_trait;

use crate::proof::{Chain, Outcome, Signature, SignatureCheck};

/// Believes that the domain has signed every mail. For tests of what comes after the proof, and for nothing else.
///
/// ```
/// use chrono::Utc;
/// use statused_email::Verifier;
/// use statused_email::testkit::{Credulous, letters};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let verifier = Verifier::builder().signature_check(Credulous).build();
/// let unsigned = letters::newsletter().unsigned();
/// assert!(verifier.verify(&unsigned, Utc::now()).await.proof().is_some());
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Credulous;

#[async_trait]
impl SignatureCheck for Credulous {
    async fn signatures(&self, _: &[u8], domains: &[String]) -> Vec<Signature> {
        let believed = |domain: &String| {
            let mut signature = Signature::new(domain, "believed", Outcome::Pass);
            signature.headers = ["from", "subject", "date", "message-id"].map(str::to_owned).into();
            signature
        };
        domains.iter().map(believed).collect()
    }

    async fn chain(&self, _: &[u8], _: &[String]) -> Option<Chain> {
        None
    }
}
