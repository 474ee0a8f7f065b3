//! Silence is made to prove something: whoever has not been heard for long is pinged.

use super::pace::is_due;
use super::round::{Apps, Round};
use crate::registration::Registration;

impl Round<'_> {
    /// Asks Apple for a ping of each app whose webhook is known and has been silent for half of the time for which it is
    /// trusted. A key whose role does not allow that does without.
    pub(super) async fn ping_the_silent(&mut self, apps: &Apps) {
        let Some(pushes) = &self.source.pushes else { return };
        let (webhooks, now) = (&pushes.webhooks, self.request.now);
        let registration = Registration::new(self.client.clone());
        for app in webhooks.apps().iter().filter(|app| apps.seen.contains_key(*app)) {
            let silent = !webhooks.is_trusted(app, pushes.trust_for / 2);
            let asked = self.source.pace().pinged.get(app).copied();
            let only = self.source.pace().only.get(app).cloned();
            let Some(hook) = webhooks.registered(app).or(only) else { continue };
            if silent && is_due(asked, pushes.trust_for / 4, now) && self.troubles.hold.is_none() {
                self.source.pace().pinged.insert(app.clone(), now);
                // What fails here costs no more than the full pace.
                drop(registration.ping(&hook).await);
            }
        }
    }
}
