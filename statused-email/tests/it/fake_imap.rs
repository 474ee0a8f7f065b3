//! A mail server that misbehaves as real ones do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Cannot announce.
    NoIdle,
    /// Announces before it says that it will announce, and then never again.
    AnnouncesEarly,
    /// Says that it is still there, and hangs up never, and announces nothing.
    OnlyStillHere,
    /// Hangs up while it should announce, so often.
    HangsUp(u32),
    /// Says goodbye while it should announce, so often.
    SaysBye(u32),
    /// Does not give this mail.
    Refuses(u32),
    /// Gives nonsense instead of this mail.
    Garbles(u32),
    /// Says that mails are short and gives long ones.
    Lies,
    /// Says a line that does not end.
    Babbles,
    /// Talks about other mails and flags in between.
    Chatters,
    /// Says something in plain text that is to be heard after TLS has begun.
    Injects,
    /// Repeats what was said to it when it refuses a login.
    Echoes,
}

#[derive(Debug, Default)]
pub(crate) struct Inside {
    pub(crate) faults: Vec<Fault>,
    /// Mails by number, each with the date at which the server got it.
    pub(crate) mails: BTreeMap<u32, (Vec<u8>, String)>,
    pub(crate) next: u32,
    pub(crate) commands: Vec<String>,
}

impl Inside {
    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    pub(crate) fn adds(&mut self, mail: Vec<u8>, date: &str) {
        self.next = self.next.max(1) + 1;
        self.mails.insert(self.next - 1, (mail, date.to_owned()));
    }

    pub(crate) fn count(&self, command: &str) -> usize {
        self.commands.iter().filter(|one| one.starts_with(command)).count()
    }
}

pub(crate) struct FakeImap {
    pub(crate) inside: Arc<Mutex<Inside>>,
    pub(crate) port: u16,
}

impl FakeImap {
    pub(crate) async fn start(faults: &[Fault]) -> Self {
        let inside = Arc::new(Mutex::new(Inside { faults: faults.to_vec(), next: 1, ..Inside::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::clone(&inside);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { inside, port }
    }

    pub(crate) fn adds(&self, mail: Vec<u8>) {
        let today = chrono::Utc::now().format("%d-%b-%Y %H:%M:%S +0000").to_string();
        self.inside.lock().unwrap().adds(mail, &today);
    }

    pub(crate) fn count(&self, command: &str) -> usize {
        self.inside.lock().unwrap().count(command)
    }
}

async fn serve(stream: TcpStream, inside: Arc<Mutex<Inside>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"* OK [CAPABILITY IMAP4rev1] hello\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        inside.lock().unwrap().commands.push(command.to_owned());
        if command == "IDLE" {
            idle(&mut write, &inside).await?;
            // `DONE`, sooner or later.
            lines.next_line().await.ok()??;
            write.write_all(format!("{tag} OK idled\r\n").as_bytes()).await.ok()?;
            continue;
        }
        if inside.lock().unwrap().has(Fault::Babbles) && command.starts_with("UID SEARCH") {
            while write.write_all(&[b'x'; 4096]).await.is_ok() {}
            return None;
        }
        let answer = answer(tag, command, &inside.lock().unwrap());
        write.write_all(&answer).await.ok()?;
    }
    None
}

async fn idle(write: &mut tokio::net::tcp::OwnedWriteHalf, inside: &Arc<Mutex<Inside>>) -> Option<()> {
    let early = inside.lock().unwrap().has(Fault::AnnouncesEarly);
    if early {
        write.write_all(b"* 7 EXISTS\r\n").await.ok()?;
    }
    write.write_all(b"+ idling\r\n").await.ok()?;
    let ends = {
        let mut inside = inside.lock().unwrap();
        let mut ends = None;
        inside.faults.retain_mut(|fault| match fault {
            Fault::HangsUp(times) | Fault::SaysBye(times) if ends.is_none() => {
                *times -= 1;
                let left = *times > 0;
                ends = Some(*fault);
                left
            }
            _ => true,
        });
        ends
    };
    match ends {
        Some(Fault::HangsUp(_)) => return None,
        Some(_) => {
            write.write_all(b"* BYE shutting down\r\n").await.ok()?;
            return None;
        }
        None => {}
    }
    if inside.lock().unwrap().has(Fault::OnlyStillHere) {
        for _ in 0..3 {
            write.write_all(b"* OK Still here\r\n").await.ok()?;
        }
    }
    Some(())
}

fn answer(tag: &str, command: &str, inside: &Inside) -> Vec<u8> {
    let idle = if inside.has(Fault::NoIdle) { "" } else { " IDLE" };
    let last = inside.mails.keys().last().copied();
    let mut said = Vec::new();
    let mut say = |line: String| said.extend(line.into_bytes());
    match command.split(' ').collect::<Vec<_>>()[..] {
        ["STARTTLS"] if inside.has(Fault::Injects) => {
            return format!("{tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n").into_bytes();
        }
        ["LOGIN", ..] if inside.has(Fault::Echoes) => return format!("{tag} NO bad {command}\r\n").into_bytes(),
        ["CAPABILITY"] => say(format!("* CAPABILITY IMAP4rev1{idle} X-NEW=1\r\n")),
        ["EXAMINE", ..] => {
            say(format!("* {} EXISTS\r\n* OK [UIDVALIDITY 77] ok\r\n", inside.mails.len()));
            say(format!("* OK [UIDNEXT {}] ok\r\n* OK [X-UNKNOWN (a b)] ok\r\n", inside.next));
        }
        ["UID", "SEARCH", "UID", range] => {
            let from: u32 = range.trim_end_matches(":*").parse().unwrap();
            let found = inside.mails.keys().copied().filter(|uid| *uid >= from || Some(*uid) == last);
            say(format!("* SEARCH{}\r\n", found.map(|uid| format!(" {uid}")).collect::<String>()));
        }
        ["UID", "SEARCH", ..] => {
            let all = inside.mails.keys().map(|uid| format!(" {uid}")).collect::<String>();
            say(format!("* SEARCH{all}\r\n"));
        }
        ["UID", "FETCH", uid, ..] => {
            let uid: u32 = uid.parse().unwrap();
            if inside.has(Fault::Chatters) {
                say(format!("* 9 FETCH (FLAGS (\\Seen) UID 999)\r\n* 1 FETCH (UID {uid} FLAGS (\\Seen))\r\n"));
                say("* 3 EXPUNGE\r\n* X-SOMETHING (new {odd)\r\n* OK [ALERT] be careful\r\n".to_owned());
            }
            let Some((mail, date)) = inside.mails.get(&uid) else { return format!("{tag} OK gone\r\n").into_bytes() };
            if !command.contains("BODY.PEEK[]") {
                let size = if inside.has(Fault::Lies) { 10 } else { mail.len() };
                say(format!("* 1 FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{date}\")\r\n"));
            } else if inside.has(Fault::Refuses(uid)) {
                return format!("{tag} NO cannot read it\r\n").into_bytes();
            } else if inside.has(Fault::Garbles(uid)) {
                say(format!("* 1 FETCH (UID {uid} BODY[] ?)\r\n"));
            } else {
                said.extend(format!("* 1 FETCH (UID {uid} BODY[] {{{}}}\r\n", mail.len()).into_bytes());
                said.extend(mail);
                said.extend(b")\r\n");
            }
        }
        _ => {}
    }
    said.extend(format!("{tag} OK done\r\n").into_bytes());
    said
}
