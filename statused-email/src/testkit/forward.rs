//! What forwarders do to a mail.

use super::Draft;

/// Gmail's automatic forwarding, from `user` to the address `to`: headers on top, nothing else. The signature holds.
pub fn gmail(raw: &[u8], user: &str, to: &str) -> Vec<u8> {
    let local = to.replace('@', "=");
    let (name, host) = user.split_once('@').unwrap_or((user, "gmail.com"));
    let head = format!(
        "Return-Path: <{name}+caf_={local}@{host}>\r\n\
         Received: from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41])\r\n        \
         by mx.intake.test with SMTPS id x1; Mon, 02 Nov 2026 10:00:03 -0800 (PST)\r\n\
         X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=1e100.net; s=20230601; bh=AAAA=; b=AAAA\r\n\
         X-Forwarded-Encrypted: i=2; AJvYcCUx@example.com\r\n\
         X-Gm-Message-State: AOJu0Yw\r\n\
         X-Received: by 2002:a05:6000:4023:b0:37d:45c3:3459 with SMTP id x2; Mon, 02 Nov 2026 10:00:02 -0800 (PST)\r\n\
         X-Forwarded-To: {to}\r\n\
         X-Forwarded-For: {user} {to}\r\n\
         Delivered-To: {user}\r\n\
         Authentication-Results: mx.google.com; dkim=pass header.i=@google.com header.s=20251104\r\n"
    );
    [head.as_bytes(), raw].concat()
}

/// A host that stores mail with LF line ends. The signature holds.
pub fn line_feeds_only(raw: &[u8]) -> Vec<u8> {
    raw.iter().copied().filter(|byte| *byte != b'\r').collect()
}

/// A person who forwards it as an attachment: only the attached message is signed.
pub fn as_attachment(raw: &[u8], user: &str, to: &str) -> Vec<u8> {
    Draft::new(user, "Fwd: from Google", "See attached.").to(to).attach("mail.eml", "message/rfc822", raw).unsigned()
}

/// A person who forwards it by hand: quoted in a new mail. Nothing proves it any more.
pub fn quoted(raw: &[u8], user: &str, to: &str) -> Vec<u8> {
    let quoted = format!("---------- Forwarded message ---------\n{}", String::from_utf8_lossy(raw));
    Draft::new(user, "Fwd: from Google", quoted).to(to).unsigned()
}

/// A list or gateway that adds a line to the body. The signature breaks.
pub fn with_footer(raw: &[u8], footer: &str) -> Vec<u8> {
    [raw, b"\r\n-- \r\n", footer.as_bytes(), b"\r\n"].concat()
}

/// A rule that marks the subject. The signature breaks.
pub fn with_subject_tag(raw: &[u8], tag: &str) -> Vec<u8> {
    replaced(raw, "\r\nSubject: ", &format!("\r\nSubject: {tag} "))
}

/// A header on top of a mail.
pub fn with_header(raw: &[u8], name: &str, value: &str) -> Vec<u8> {
    [format!("{name}: {value}\r\n").as_bytes(), raw].concat()
}

/// Something in it replaced, the first time that it is there.
///
/// # Panics
/// If it is not there: the test would not do what it says.
pub fn replaced(raw: &[u8], what: &str, with: &str) -> Vec<u8> {
    let at = raw.windows(what.len()).position(|window| window == what.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{what:?} is not in the mail"));
    [&raw[..at], with.as_bytes(), &raw[at + what.len()..]].concat()
}
