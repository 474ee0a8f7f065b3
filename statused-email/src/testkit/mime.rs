//! How a draft becomes a message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A piece of a mail, packed.
pub(super) struct Part {
    kind: String,
    encoding: &'static str,
    content: Vec<u8>,
}

impl Part {
    pub(super) fn new(kind: impl Into<String>, encoding: &'static str, content: Vec<u8>) -> Self {
        Self { kind: kind.into(), encoding, content }
    }

    pub(super) fn text(kind: &str, text: &str) -> Self {
        Self::quoted(kind, text.as_bytes())
    }

    pub(super) fn quoted(kind: &str, bytes: &[u8]) -> Self {
        Self::new(kind, "quoted-printable", quoted_printable(bytes))
    }

    pub(super) fn base64(kind: &str, bytes: &[u8]) -> Self {
        let lines = STANDARD.encode(bytes).into_bytes().chunks(76).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let mut content = lines.join(&b"\r\n"[..]);
        content.extend(b"\r\n");
        Self::new(kind, "base64", content)
    }

    pub(super) fn many(kind: &str, parts: &[Self]) -> Self {
        // Another one for each level.
        let boundary = format!("000000000000{kind}");
        let mut content = Vec::new();
        for part in parts {
            content.extend(format!("--{boundary}\r\n").bytes());
            content.extend(part.bytes());
            content.extend(b"\r\n");
        }
        content.extend(format!("--{boundary}--\r\n").bytes());
        Self::new(format!("multipart/{kind}; boundary=\"{boundary}\""), "7bit", content)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let head = format!("Content-Type: {}\r\nContent-Transfer-Encoding: {}\r\n\r\n", self.kind, self.encoding);
        [head.as_bytes(), &self.content].concat()
    }
}

/// Text as a header can hold it: in encoded words, folded, if it is not plain.
pub(super) fn header_text(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let (text, address) = match text.rsplit_once(" <") {
        Some((name, address)) => (name, format!(" <{address}")),
        None => (text, String::new()),
    };
    let characters = text.chars().collect::<Vec<_>>();
    let words = characters.chunks(12).map(|piece| {
        let piece = piece.iter().collect::<String>();
        format!("=?UTF-8?B?{}?=", STANDARD.encode(piece))
    });
    words.collect::<Vec<_>>().join("\r\n ") + &address
}

pub(super) fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

pub(super) fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}

pub(super) fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;");
    let paragraphs = escaped.split("\n\n").map(|paragraph| {
        let lines = paragraph.split('\n').map(|line| format!("<div class=\"l\">{line}</div>")).collect::<String>();
        format!("<tr><td>{lines}</td></tr>\n")
    });
    format!(
        "<html><head><style type=\"text/css\">.l {{ color: red }}</style></head><body><!-- > App Status: Live -->\
         <table>{}</table></body></html>",
        paragraphs.collect::<String>()
    )
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut width = 0;
        for (at, byte) in line.iter().enumerate() {
            let last = at + 1 == line.len();
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !last);
            let piece = if plain { vec![*byte] } else { format!("={byte:02X}").into_bytes() };
            if width + piece.len() > 75 {
                encoded.extend(b"=\r\n");
                width = 0;
            }
            width += piece.len();
            encoded.extend(piece);
        }
        encoded.extend(b"\r\n");
    }
    encoded.truncate(encoded.len() - 2);
    encoded
}
