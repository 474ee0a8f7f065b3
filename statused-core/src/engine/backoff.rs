//! When to try again.

use std::time::Duration;

use uuid::Uuid;

use crate::sink::{Jitter, RetryPolicy};

/// The wait before the retry that follows `failures` failed tries; `None`: enough.
///
/// Chance is drawn from the event and the count, so that the engine stays deterministic while deliveries still spread.
pub(super) fn wait(policy: &RetryPolicy, failures: u32, event: Uuid) -> Option<Duration> {
    let index = usize::try_from(failures.checked_sub(1)?).ok()?;
    let longest = *policy.waits.get(index)?;
    let chance = chance(event, failures);
    Some(match policy.jitter {
        Jitter::Full => longest.mul_f64(chance),
        Jitter::Within(part) => {
            let part = part.clamp(0.0, 1.0);
            longest.mul_f64(1.0 - part + 2.0 * part * chance)
        }
    })
}

/// The longest wait that a policy can ask for.
pub(super) fn longest(policy: &RetryPolicy) -> Duration {
    policy.waits.iter().max().copied().unwrap_or_default().saturating_mul(2)
}

/// A number in 0..1 that looks random and is not: it is hashed.
fn chance(event: Uuid, failures: u32) -> f64 {
    let hash = Uuid::new_v5(&event, &failures.to_be_bytes());
    f64::from(hash.as_fields().0) / 2f64.powi(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_retries_within_doubling_bounds_and_no_more() {
        let policy = RetryPolicy::five();
        for event in (0..200u128).map(|n| Uuid::from_u128(n.wrapping_mul(0x1234_5678_9abc_def0_1122_3344_5566_7788))) {
            for failures in 1..=5 {
                let wait = wait(&policy, failures, event).unwrap();
                assert!(wait <= Duration::from_secs(1 << (failures - 1)), "{wait:?}");
                assert!(wait <= longest(&policy), "{wait:?}");
            }
            assert_eq!(wait(&policy, 6, event), None);
        }
    }

    #[test]
    fn full_jitter_really_spreads() {
        let policy = RetryPolicy::exponential(1, Duration::from_secs(100));
        let waits: Vec<_> = (1..1000u128)
            .map(|n| wait(&policy, 1, Uuid::new_v5(&Uuid::NAMESPACE_OID, &n.to_be_bytes())).unwrap().as_secs_f64())
            .collect();
        let mean = waits.iter().sum::<f64>() / waits.len() as f64;
        assert!((45.0..55.0).contains(&mean), "{mean}");
        assert!(waits.iter().any(|w| *w < 5.0) && waits.iter().any(|w| *w > 95.0));
    }

    #[test]
    fn the_standard_schedule_varies_by_a_fifth() {
        let policy = RetryPolicy::standard_webhooks();
        assert_eq!(policy.waits.len(), 9);
        let waits: Vec<_> =
            (1..100u128).map(|n| wait(&policy, 2, Uuid::from_u128(n << 64 | n)).unwrap().as_secs()).collect();
        assert!(waits.iter().all(|wait| (240..=360).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait < 250) && waits.iter().any(|wait| *wait > 350), "{waits:?}");
    }
}
