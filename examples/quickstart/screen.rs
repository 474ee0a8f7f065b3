//! What the person at the terminal sees: colours there, plain lines in a pipe.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use statused::sinks::webhook::Received;

/// Time to read a line, for a person.
const READING: Duration = Duration::from_millis(350);

#[derive(Debug)]
pub(crate) struct Screen {
    person: bool,
    began: Instant,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self { person: std::io::stdout().is_terminal(), began: Instant::now() }
    }

    pub(crate) fn act(&mut self, title: &str) {
        let line = if self.person { format!("\n\x1b[2m{title}\x1b[0m") } else { format!("\n{title}") };
        say(&line);
    }

    pub(crate) fn notification(&mut self, received: &Received) {
        let data = &received.data;
        let time = format!("{:>5.1}s", self.began.elapsed().as_secs_f64());
        let (store, message) = (&data.store_name, &data.message);
        if self.person {
            say(&format!("  \x1b[2m{time}\x1b[0m  {}●\x1b[0m  {store:<19}  {message}", paint(&data.status_color)));
        } else {
            say(&format!("  {time}  {store:<19}  {message}"));
        }
    }

    /// How the last notification came.
    pub(crate) fn race(&mut self, pushed: bool, took: Duration) {
        let how = if pushed { "pushed, ahead of the poll" } else { "a poll may have been first" };
        self.aside(&format!("{} ms after it happened: {how}", took.as_millis()));
    }

    /// What happened beside the notifications.
    pub(crate) fn aside(&mut self, text: &str) {
        let line = format!("            └ {text}");
        say(&if self.person { format!("\x1b[2m{line}\x1b[0m") } else { line });
    }

    /// Waits, if there is somebody to wait for.
    pub(crate) async fn pause(&self) {
        if self.person {
            tokio::time::sleep(READING).await;
        }
    }

    pub(crate) fn verdict(&self, result: Result<usize, String>) -> ExitCode {
        let seconds = self.began.elapsed().as_secs_f64();
        match result {
            Ok(count) => {
                say(&format!("\n{count} notifications, each signed, verified and received once, in {seconds:.1} s."));
                ExitCode::SUCCESS
            }
            Err(error) => {
                say(&format!("\nThe releases were not told as they happened: {error}"));
                ExitCode::FAILURE
            }
        }
    }
}

/// The escape sequence for a colour like `#1eb6fc`; none for anything else.
fn paint(color: &str) -> String {
    let part = |at: usize| color.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
    match (part(1), part(3), part(5)) {
        (Some(red), Some(green), Some(blue)) => format!("\x1b[38;2;{red};{green};{blue}m"),
        _ => String::new(),
    }
}

#[expect(clippy::print_stdout, reason = "this is the show")]
fn say(line: &str) {
    println!("{line}");
}
