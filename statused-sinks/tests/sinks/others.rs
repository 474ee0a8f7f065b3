//! The contract of every sink, for those that do not speak HTTP.

use std::sync::{Arc, Mutex};

use statused_core::Sink;
use statused_core::testkit::conformance::sink::{Answer, Destination, check_all};

use crate::support::Server;

mod console {
    use statused_sinks::console::Console;

    use super::*;
    use crate::lines::Screen;

    /// A terminal.
    #[derive(Default)]
    pub(super) struct Terminal(Mutex<Screen>);

    impl Destination for Terminal {
        async fn play(&self, answer: Answer) -> bool {
            self.0.lock().unwrap().broken = answer == Answer::Refuse;
            matches!(answer, Answer::Confirm | Answer::Refuse)
        }

        fn sink(&self) -> Box<dyn Sink> {
            Box::new(Console::to(self.0.lock().unwrap().clone()))
        }

        async fn received(&self) -> Vec<String> {
            let shown = self.0.lock().unwrap().shown.lock().unwrap().clone();
            String::from_utf8(shown).unwrap().lines().map(str::to_owned).collect()
        }
    }

    statused_core::sink_tests!(Terminal::default());
}

mod file {
    use statused_sinks::Format;
    use statused_sinks::file::EventFile;
    use tempfile::TempDir;

    use super::*;

    /// A folder.
    pub(super) struct Folder {
        folder: TempDir,
        is_gone: Mutex<bool>,
    }

    impl Folder {
        pub(super) fn new() -> Self {
            Self { folder: TempDir::new().unwrap(), is_gone: Mutex::new(false) }
        }

        fn path(&self) -> std::path::PathBuf {
            let name = if *self.is_gone.lock().unwrap() { "gone/events" } else { "events" };
            self.folder.path().join(name)
        }
    }

    impl Destination for Folder {
        async fn play(&self, answer: Answer) -> bool {
            *self.is_gone.lock().unwrap() = answer == Answer::Gone;
            matches!(answer, Answer::Confirm | Answer::Gone)
        }

        fn sink(&self) -> Box<dyn Sink> {
            Box::new(EventFile::new(self.path()).format(Format::CloudEvents))
        }

        async fn received(&self) -> Vec<String> {
            let whole = std::fs::read_to_string(self.folder.path().join("events")).unwrap_or_default();
            whole.lines().map(str::to_owned).collect()
        }
    }

    statused_core::sink_tests!(Folder::new());
}

mod email {
    use super::*;
    use crate::email::{PASSWORD, Smtp, builder};

    /// A mail server for each answer.
    #[derive(Default)]
    pub(super) struct Office {
        url: Mutex<String>,
        told: Mutex<Vec<Arc<Mutex<Vec<String>>>>>,
    }

    impl Destination for Office {
        async fn play(&self, answer: Answer) -> bool {
            let answers: &'static [_] = match answer {
                Answer::Confirm | Answer::Absent => &[],
                Answer::Refuse => &[("MAIL", "451 later")],
                Answer::Gone => &[("MAIL", "550 no")],
                Answer::Echo => &[("AUTH", "535 not AHN0YXR1c2VkAGh1bnRlcjItcGFzc3dvcmQ= nor hunter2-password")],
                Answer::Rubbish => &[(".", "what?")],
                Answer::HangUp => &[(".", "")],
                _ => return false,
            };
            let server = Smtp::start(answers).await;
            self.told.lock().unwrap().push(server.told);
            let nobody = Server::nobody().await.replace("http:", "smtp:");
            *self.url.lock().unwrap() = if answer == Answer::Absent { nobody } else { server.url };
            true
        }

        fn sink(&self) -> Box<dyn Sink> {
            Box::new(builder(&self.url.lock().unwrap()).login("statused", PASSWORD).build().unwrap())
        }

        /// The mails, from their sender on.
        async fn received(&self) -> Vec<String> {
            let mut mails: Vec<String> = Vec::new();
            for told in self.told.lock().unwrap().iter() {
                for line in told.lock().unwrap().iter() {
                    match mails.last_mut() {
                        _ if line.starts_with("MAIL FROM") => mails.push(line.clone()),
                        Some(mail) if !line.starts_with("EHLO") && !line.starts_with("AUTH") && line != "QUIT" => {
                            mail.push_str(line);
                        }
                        _ => {}
                    }
                }
            }
            mails
        }

        fn secrets(&self) -> Vec<String> {
            vec![PASSWORD.to_owned(), "AHN0YXR1c2VkAGh1bnRlcjItcGFzc3dvcmQ".to_owned()]
        }
    }

    statused_core::sink_tests!(Office::default());
}

mod nats {
    use super::*;
    use crate::nats::{Then, builder, fake};

    const PASSWORD: &str = "hunter2-password";

    /// A server for each answer.
    #[derive(Default)]
    pub(super) struct Bus {
        servers: Mutex<Vec<Server>>,
        url: Mutex<String>,
        published: Mutex<Vec<Arc<Mutex<Vec<String>>>>>,
    }

    impl Destination for Bus {
        async fn play(&self, answer: Answer) -> bool {
            let (greeting, then) = match answer {
                Answer::Confirm => ("PONG\r\n", Then::Confirms),
                Answer::HangUp => ("PONG\r\n", Then::HangsUp),
                Answer::Gone => ("-ERR 'Authorization Violation'\r\n", Then::Confirms),
                Answer::Absent => {
                    *self.url.lock().unwrap() = Server::nobody().await;
                    return true;
                }
                _ => return false,
            };
            let (server, published) = fake(greeting, then).await;
            self.url.lock().unwrap().clone_from(&server.origin);
            self.servers.lock().unwrap().push(server);
            self.published.lock().unwrap().push(published);
            true
        }

        fn sink(&self) -> Box<dyn Sink> {
            let login = format!("nats://statused:{PASSWORD}@");
            Box::new(builder(&self.url.lock().unwrap().replace("http://", &login)).build().unwrap())
        }

        /// The messages, with their headers in order: the client sends them in any.
        async fn received(&self) -> Vec<String> {
            let published = self.published.lock().unwrap();
            let messages = published.iter().flat_map(|published| published.lock().unwrap().clone());
            let in_order = |message: String| {
                let (head, body) = message.split_once("\r\n\r\n").unwrap();
                let mut lines: Vec<_> = head.lines().collect();
                lines.sort_unstable();
                format!("{}\n\n{body}", lines.join("\n"))
            };
            messages.map(in_order).collect()
        }

        fn secrets(&self) -> Vec<String> {
            vec![PASSWORD.to_owned()]
        }
    }

    statused_core::sink_tests!(Bus::default());
}

/// What these destinations cannot play is known, so that a check is not lost unnoticed.
#[tokio::test]
async fn what_cannot_be_tried_is_counted() {
    let skipped = [
        check_all(async || console::Terminal::default()).await.skipped().count(),
        check_all(async || file::Folder::new()).await.skipped().count(),
        check_all(async || email::Office::default()).await.skipped().count(),
        check_all(async || nats::Bus::default()).await.skipped().count(),
    ];
    assert_eq!(skipped, [6, 7, 3, 4]);
}
