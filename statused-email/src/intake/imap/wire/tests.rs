//! What servers say, and what no server should.

use statused_core::testkit::hostile::withstands;

use super::{DEEPEST, ImapError, LONGEST, Reply, Wire, is_deep, read};

/// What servers say to a client like this one.
const SAID: [&str; 12] = [
    "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN IDLE] ready\r\n",
    "* CAPABILITY IMAP4rev1 IDLE\r\n",
    "* FLAGS (\\Answered \\Seen)\r\n",
    "* OK [UIDVALIDITY 17] it is so\r\n",
    "* SEARCH 1 2 3\r\n",
    "* 3 EXISTS\r\n",
    "* 12 FETCH (FLAGS (\\Seen) UID 7 RFC822.SIZE 10 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
    "* 12 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n",
    "* BYE see you\r\n",
    "+ idling\r\n",
    "S1 OK [READ-ONLY] done\r\n",
    "S1 NO [AUTHENTICATIONFAILED] no\r\n",
];

#[test]
fn no_answer_ends_the_conversation_otherwise_than_by_an_error() {
    let words = ["(", ")", "{3}\r\nabc", "\"", "\\", "NIL", "99999999999", "[", "]", "BODY[]", "UID", "\u{e9}"];
    let mut read_so_far = 0;
    withstands(&SAID, &words, 30_000, |answer| read_so_far += usize::from(read(answer, "S1").is_ok()));
    assert!(read_so_far > 3000, "answers that cannot be read test nothing: {read_so_far}");
}

/// Each made the library panic.
#[test]
fn what_the_library_does_not_survive_is_an_error() {
    assert!(read("S1 OK [READ-WRITE]\u{e9}\r\n".as_bytes(), "S1").is_err());
    assert!(read(b"* 1 FETCH (UID 7 INTERNALDATE NIL)\r\n", "S1").is_err());
    assert_eq!(read("* OK [UIDVALIDITY 17]\u{e9}\r\n".as_bytes(), "S1").ok(), Some(Reply::Other));
}

/// The library calls itself for each list within a list.
#[test]
fn lists_within_lists_are_not_followed_to_the_end_of_the_stack() {
    for what in ["BODYSTRUCTURE ", "X (UID 1 BODY[] {2}\r\n)) BODYSTRUCTURE "] {
        let bomb = format!("* 1 FETCH ({what}{}\r\n", "(".repeat(1_000_000));
        assert!(read(bomb.as_bytes(), "S1").is_err());
    }
    let mail = "(".repeat(1000);
    let answer = format!("* 1 FETCH (UID 7 BODY[] {{1000}}\r\n{mail})\r\n");
    assert!(!is_deep(answer.as_bytes()), "what is in a mail is no list");
    assert!(matches!(read(answer.as_bytes(), "S1"), Ok(Reply::Fetch(fetched)) if fetched.mail.is_some()));
    assert!(!is_deep(format!("{}\r\n", "(".repeat(DEEPEST)).as_bytes()));
    assert!(is_deep(format!("{}\r\n", "(".repeat(DEEPEST + 1)).as_bytes()));
}

/// What comes of a server that says the same again and again, and never ends a line but to announce more.
async fn endless(said: Vec<u8>) -> (Result<Reply, ImapError>, usize) {
    let (here, mut there) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(async move {
        let mut sent = 0;
        while tokio::io::AsyncWriteExt::write_all(&mut there, &said).await.is_ok() {
            sent += said.len();
        }
        sent
    });
    let mut wire = Wire::new(Box::new(here), 1 << 20);
    let reply = wire.reply("S1").await;
    drop(wire);
    (reply, server.await.unwrap())
}

#[tokio::test]
async fn an_answer_of_ever_more_literals_is_given_up() {
    let literal = 100_000;
    for said in [format!("{{{literal}}}\r\n{}", "x".repeat(literal)), "{0}\r\n".to_owned()] {
        let (reply, sent) = endless(said.into_bytes()).await;
        assert!(matches!(reply, Err(ImapError::Unreadable("an answer does not end"))), "{reply:?}");
        assert!(sent <= (1 << 20) + LONGEST + 4 * literal, "{sent} bytes were taken");
    }
}
