//! Silence is made to prove something: whoever has not been heard for long is pinged.

use futures_util::future::join_all;

use super::pace::is_due;
use super::round::{Apps, Round};
use crate::registration::Registration;

/// Pings of one round; the others have their turn in the next.
const MOST: usize = 16;

impl Round<'_> {
    /// Asks Apple for a ping of each app whose webhook is known and has been silent for half of the time for which it is
    /// trusted. A key whose role does not allow that does without.
    pub(super) async fn ping_the_silent(&mut self, apps: &Apps) {
        let Some(pushes) = self.source.pushes.as_ref().filter(|_| self.troubles.hold.is_none()) else { return };
        let (webhooks, now) = (&pushes.webhooks, self.request.now);
        let mut silent = Vec::new();
        {
            let mut pace = self.source.pace();
            let shown = webhooks.apps().into_iter().filter(|app| apps.seen.contains_key(app));
            for app in shown.filter(|app| !webhooks.is_trusted(app, pushes.trust_for / 2)) {
                let asked = pace.pinged.get(&app).copied();
                let hook = webhooks.registered(&app).or_else(|| pace.only.get(&app).cloned());
                let Some(hook) = hook.filter(|_| is_due(asked, pushes.trust_for / 4, now)) else { continue };
                if silent.len() < MOST {
                    pace.pinged.insert(app, now);
                    silent.push(hook);
                }
            }
        }
        let registration = Registration::new(self.client.clone());
        // What fails here costs no more than the full pace.
        drop(join_all(silent.iter().map(|hook| registration.ping(hook))).await);
    }
}
