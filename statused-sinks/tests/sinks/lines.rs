//! Lines on the terminal and in a file.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::json;
use statused_core::Sink;
use statused_core::sink::Verdict;
use statused_sinks::Format;
#[cfg(feature = "console")]
use statused_sinks::console::Console;
#[cfg(feature = "file")]
use statused_sinks::file::EventFile;

use crate::support::{app, app_data, notification};

/// Keeps what is written, or fails.
#[derive(Clone, Default)]
pub(crate) struct Screen {
    pub(crate) shown: Arc<Mutex<Vec<u8>>>,
    pub(crate) broken: bool,
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.shown.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(feature = "console")]
async fn shown(format: Format, notification: &statused_core::model::Notification) -> String {
    let screen = Screen::default();
    let console = Console::to(screen.clone()).format(format);
    assert_eq!(console.deliver(notification).await.verdict, Verdict::Delivered);
    String::from_utf8(screen.shown.lock().unwrap().clone()).unwrap()
}

#[cfg(feature = "console")]
#[tokio::test]
async fn a_line_is_for_people_or_for_programs() {
    assert_eq!(
        shown(Format::Text, &app()).await,
        "2025-01-12 22:12:03 UTC  Ready for Sale  The status of your app Markdown Email changed to Ready for Sale\n"
    );
    let line = shown(Format::CloudEvents, &app()).await;
    let event: cloudevents::Event = serde_json::from_str(line.strip_suffix('\n').unwrap()).unwrap();
    assert_eq!(cloudevents::AttributesReader::id(&event), "6af15d63-dc69-4088-8adf-cdbb7d204eb4");
    assert_eq!(line.lines().count(), 1);
}

/// No escape sequence, no second line, no text that runs backwards.
#[cfg(feature = "console")]
#[tokio::test]
async fn text_does_not_steer_the_terminal() {
    let mut data = app_data();
    data["message"] = json!("\u{1b}]0;gotcha\u{7}One\r\nTwo\u{202e}Three\u{9b}31m");
    data["reason"] = json!("\u{1b}[2J2.1");
    let nasty = notification("app", "6af15d63-dc69-4088-8adf-cdbb7d204eb4", "2025-01-12T22:12:03Z", &data);
    let line = shown(Format::Text, &nasty).await;
    let text = line.strip_suffix('\n').unwrap();
    assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
    assert!(text.ends_with("  Reason:  [2J2.1"), "{text:?}");
}

#[cfg(feature = "console")]
#[tokio::test]
async fn what_cannot_be_written_is_tried_again() {
    let console = Console::to(Screen { broken: true, ..Screen::default() });
    assert_eq!(console.deliver(&app()).await.verdict, Verdict::RetryAfter(None));
    assert_eq!(console.profile().concurrency, 1);
}

#[cfg(feature = "file")]
#[tokio::test]
async fn a_file_is_continued_and_a_torn_line_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let file = EventFile::new(&path).format(Format::CloudEvents);
    for _ in 0..2 {
        assert_eq!(file.deliver(&app()).await.verdict, Verdict::Delivered);
    }
    let read = || std::fs::read_to_string(&path).unwrap();
    let whole = read();
    assert_eq!(whole.lines().count(), 2);

    // As a crash leaves it.
    std::fs::write(&path, &whole[..whole.len() - 10]).unwrap();
    assert_eq!(file.deliver(&app()).await.verdict, Verdict::Delivered);
    let lines: Vec<_> = read().lines().map(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).collect();
    assert_eq!(lines, [true, false, true]);

    // As log rotation leaves it.
    std::fs::rename(&path, folder.path().join("events.1")).unwrap();
    assert_eq!(file.deliver(&app()).await.verdict, Verdict::Delivered);
    assert_eq!(read().lines().count(), 1);
}

#[cfg(feature = "file")]
#[tokio::test]
async fn a_path_that_cannot_work_is_dead_and_a_full_disk_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing/events"), "/dev/null/events".into()] {
        let outcome = EventFile::new(&path).deliver(&app()).await;
        assert_eq!(outcome.verdict, Verdict::Dead, "{outcome:?}");
        assert!(outcome.detail.contains(&*path.to_string_lossy()), "{outcome:?}");
    }
    if cfg!(target_os = "linux") {
        let outcome = EventFile::new("/dev/full").deliver(&app()).await;
        assert_eq!(outcome.verdict, Verdict::RetryAfter(None), "{outcome:?}");
    }
}
