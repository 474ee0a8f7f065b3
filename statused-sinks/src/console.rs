//! Lines on the terminal, or wherever the standard output goes.
//!
//! A line for each event, for people or as CloudEvents ([`Format`]). Text is written without control characters, so
//! that it cannot steer the terminal.
//!
//! | what happens | outcome |
//! | --- | --- |
//! | the line is written and flushed | delivered |
//! | it cannot be written | retry |

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use statused_core::model::Notification;
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::lines::Format;

/// Writes events as lines. See the [module](self).
#[derive(Clone)]
pub struct Console {
    writer: Arc<Mutex<dyn Write + Send>>,
    format: Format,
}

impl Console {
    /// Writes to the standard output.
    pub fn stdout() -> Self {
        Self::to(std::io::stdout())
    }

    /// Writes to the standard error output.
    pub fn stderr() -> Self {
        Self::to(std::io::stderr())
    }

    /// Writes to somewhere else.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), format: Format::default() }
    }

    /// Sets how an event is written; [`Format::Text`] if not said.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}

#[async_trait]
impl Sink for Console {
    /// One after the other.
    fn profile(&self) -> SinkProfile {
        SinkProfile::default().with_concurrency(1)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let line = match self.format.write(&notification.event) {
            Ok(line) => line,
            Err(error) => return Outcome::retry(format!("the event cannot be written as JSON: {error}")),
        };
        let writer = self.writer.clone();
        // A terminal or a pipe may make its writers wait.
        let written = tokio::task::spawn_blocking(move || {
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.write_all(&line).and_then(|()| writer.flush())
        });
        match written.await {
            Ok(Ok(())) => Outcome::delivered(),
            Ok(Err(error)) => Outcome::retry(format!("the line cannot be written: {error}")),
            Err(error) => Outcome::ambiguous(format!("the writing was broken off: {error}")),
        }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("format", &self.format).finish_non_exhaustive()
    }
}
