//! What is heard while the stores play, and whether it is what should be.

use std::time::{Duration, Instant};

use statused::sinks::webhook::Received;

use crate::receiver::Receiver;
use crate::screen::Screen;

/// The longest that a notification may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A performance: it fails at the first notification that is missing, wrong, or one too many.
pub(crate) struct Play<'a> {
    receiver: &'a mut Receiver,
    screen: &'a mut Screen,
    heard: Vec<Received>,
    /// Changes that a push and a poll could tell, and how often the push was first.
    races: usize,
    won: usize,
}

impl<'a> Play<'a> {
    pub(crate) fn new(receiver: &'a mut Receiver, screen: &'a mut Screen) -> Self {
        Self { receiver, screen, heard: Vec::new(), races: 0, won: 0 }
    }

    pub(crate) async fn act(&mut self, title: &str) {
        self.screen.act(title);
        self.screen.pause().await;
    }

    /// Says what happened beside the notifications.
    pub(crate) fn aside(&mut self, text: &str) {
        self.screen.aside(text);
    }

    /// Waits for notifications with these messages, in any order, and for nothing else.
    pub(crate) async fn hear(&mut self, expected: &[String]) -> Result<(), String> {
        self.listen(expected).await?;
        self.screen.pause().await;
        Ok(())
    }

    async fn listen(&mut self, expected: &[String]) -> Result<(), String> {
        let mut missing = expected.to_vec();
        while !missing.is_empty() {
            let received = tokio::time::timeout(PATIENCE, self.receiver.next())
                .await
                .map_err(|_| format!("not heard within {PATIENCE:?}: {missing:?}"))??;
            self.screen.notification(&received);
            let place = missing.iter().position(|message| *message == received.data.message);
            let place = place.ok_or_else(|| format!("not expected now: {:?}", received.data.message))?;
            missing.remove(place);
            self.heard.push(received);
        }
        Ok(())
    }

    /// A change that the store pushes and that a poll shows, too: which of them is heard of first? `polls` counts those
    /// that could show it.
    pub(crate) async fn race(
        &mut self,
        polls: impl Fn() -> usize,
        change: impl FnOnce(),
        expected: &[String],
    ) -> Result<(), String> {
        let (before, began) = (polls(), Instant::now());
        change();
        self.listen(expected).await?;
        // If nothing was asked since, it cannot have been a poll.
        let pushed = polls() == before;
        self.races += 1;
        self.won += usize::from(pushed);
        self.screen.race(pushed, began.elapsed());
        self.screen.pause().await;
        Ok(())
    }

    /// Waits until a store has been asked that often.
    pub(crate) async fn looks(&self, requests: impl Fn() -> usize, more: usize) {
        let until = requests() + more;
        while requests() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How many notifications there were.
    pub(crate) fn end(self) -> Result<usize, String> {
        if self.won * 2 < self.races {
            return Err(format!("of {} races with the poll, the push has won {}", self.races, self.won));
        }
        if let Some(extra) = self.receiver.at_hand() {
            return Err(format!("one notification too many: {:?}", extra.map(|received| received.data.message)));
        }
        let mut ids: Vec<_> = self.heard.iter().map(|received| &received.id).collect();
        ids.sort();
        ids.dedup();
        if ids.len() == self.heard.len() { Ok(ids.len()) } else { Err("an event id came twice".to_owned()) }
    }
}
