//! A mail before it is signed.

use chrono::{DateTime, SubsecRound as _, Utc};
use sha2::{Digest, Sha256};

use super::mime::{Part, crlf, header_text, html, latin1};

/// How a mail's text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// Plain text as it is, in UTF-8 (`8bit`).
    Plain,
    /// Plain text, quoted-printable.
    QuotedPrintable,
    /// Plain text, base64.
    Base64,
    /// Plain text in ISO 8859-1, quoted-printable; what that does not know becomes `?`.
    Latin1,
    /// Plain text and HTML, as Google packs it.
    Alternative,
    /// HTML alone.
    Html,
    /// HTML before plain text, in a mix with an attachment, all in base64.
    Mixed,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Plain, Self::QuotedPrintable, Self::Base64, Self::Latin1, Self::Alternative, Self::Html, Self::Mixed];
}

/// A mail that nobody has signed yet.
///
/// ```
/// use statused_email::testkit::{Draft, Layout};
///
/// let draft = Draft::new("Google Play <googleplay-noreply@google.com>", "Hello", "Some news.").layout(Layout::Base64);
/// assert!(draft.unsigned().starts_with(b"To: "));
/// ```
#[derive(Debug, Clone)]
pub struct Draft {
    from: String,
    to: String,
    subject: String,
    date: DateTime<Utc>,
    message_id: Option<String>,
    headers: Vec<(String, String)>,
    text: String,
    html: Option<String>,
    layout: Layout,
    attachments: Vec<(String, String, Vec<u8>)>,
}

impl Draft {
    /// A mail to `dev@example.com` of now, quoted-printable.
    pub fn new(from: impl Into<String>, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: "dev@example.com".to_owned(),
            subject: subject.into(),
            date: Utc::now().trunc_subsecs(0),
            message_id: None,
            headers: Vec::new(),
            text: text.into(),
            html: None,
            layout: Layout::QuotedPrintable,
            attachments: Vec::new(),
        }
    }

    /// Another recipient.
    #[must_use]
    pub fn to(mut self, to: impl Into<String>) -> Self {
        self.to = to.into();
        self
    }

    /// Another author, as the `From` header writes it.
    #[must_use]
    pub fn from(mut self, from: impl Into<String>) -> Self {
        self.from = from.into();
        self
    }

    /// Another subject.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Another text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Another date, to the second.
    #[must_use]
    pub fn at(mut self, date: DateTime<Utc>) -> Self {
        self.date = date.trunc_subsecs(0);
        self
    }

    /// Another `Message-ID`, without angle brackets. Left to itself it follows from recipient, subject, date and text.
    #[must_use]
    pub fn message_id(mut self, id: impl Into<String>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    /// A further header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Another HTML than what follows from the text, for layouts that have one.
    #[must_use]
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Another layout.
    #[must_use]
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// An attachment, in base64.
    #[must_use]
    pub fn attach(
        mut self,
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        self.attachments.push((name.into(), content_type.into(), bytes.into()));
        self
    }

    /// When it is from.
    pub fn date(&self) -> DateTime<Utc> {
        self.date
    }

    /// Its `Message-ID`, without angle brackets.
    pub fn id(&self) -> String {
        self.message_id.clone().unwrap_or_else(|| {
            let content = format!("{}\n{}\n{}\n{}", self.to, self.subject, self.date, self.text);
            let hash = Sha256::digest(content).iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
            format!("{hash}@google.com")
        })
    }

    /// Its bytes, with CRLF line ends.
    pub fn unsigned(&self) -> Vec<u8> {
        let mut head = format!(
            "To: {}\r\nFrom: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}>\r\nMIME-Version: 1.0\r\n",
            self.to,
            header_text(&self.from),
            header_text(&self.subject),
            self.date.to_rfc2822(),
            self.id(),
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let (text, html) = (crlf(&self.text), self.html.clone().unwrap_or_else(|| html(&self.text)));
        let plain = Part::text("text/plain; charset=\"UTF-8\"", &text);
        let mut body = match self.layout {
            Layout::Plain => Part::new("text/plain; charset=UTF-8", "8bit", text.into_bytes()),
            Layout::QuotedPrintable => plain,
            Layout::Base64 => Part::base64("text/plain; charset=UTF-8", text.as_bytes()),
            Layout::Latin1 => Part::quoted("text/plain; charset=ISO-8859-1", &latin1(&text)),
            Layout::Alternative => {
                Part::many("alternative", &[plain, Part::text("text/html; charset=\"UTF-8\"", &crlf(&html))])
            }
            Layout::Html => Part::text("text/html; charset=\"UTF-8\"", &crlf(&html)),
            Layout::Mixed => Part::many(
                "mixed",
                &[
                    Part::many(
                        "alternative",
                        &[
                            Part::base64("text/html; charset=UTF-8", html.as_bytes()),
                            Part::base64("text/plain; charset=UTF-8", text.as_bytes()),
                        ],
                    ),
                    Part::base64("image/png; name=\"screenshot.png\"", b"\x89PNG"),
                ],
            ),
        };
        if !self.attachments.is_empty() {
            let attached = self.attachments.iter().map(|(name, kind, bytes)| {
                if kind == "message/rfc822" {
                    // What is attached as a message is not encoded.
                    return Part::new(format!("message/rfc822; name=\"{name}\""), "7bit", bytes.clone());
                }
                Part::base64(&format!("{kind}; name=\"{name}\""), bytes)
            });
            body = Part::many("mixed", &std::iter::once(body).chain(attached).collect::<Vec<_>>());
        }
        let mut raw = head.into_bytes();
        raw.extend(body.bytes());
        raw
    }
}
