//! What a fuzzer reaches of this crate beside what everybody does, and itself in the place of a mail server. It is there
//! with `--cfg fuzzing` only, which no build but a fuzzer's has.

use crate::confirmation::{self, ConfirmError};
use crate::intake::forms::{Content, Refusal};
use crate::web::Web;

/// Opens the link of a question whether Gmail may forward, and presses the button on its page.
///
/// # Errors
///
/// As everywhere.
pub async fn confirm(web: &dyn Web, link: &str) -> Result<(), ConfirmError> {
    confirmation::confirm(web, &link.into()).await
}

/// Reads the message of a notification of SES whose signature was right.
///
/// # Errors
///
/// As everywhere.
pub fn read_ses(message: &str) -> Result<Content, Refusal> {
    crate::intake::forms::read_ses(message)
}

#[cfg(feature = "imap")]
pub use server::{hear, stream};

#[cfg(feature = "imap")]
mod server {
    use std::cell::RefCell;
    use std::io::Result;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    thread_local! {
        static HEARD: RefCell<Option<Server>> = const { RefCell::new(None) };
    }

    /// Says what it has to say, so many bytes at a time, and hangs up.
    #[derive(Debug)]
    pub struct Server {
        says: Vec<u8>,
        step: usize,
    }

    /// What the server says on the next connection of this thread, whatever it is asked; so many bytes arrive together.
    pub fn hear(says: &[u8], step: usize) {
        HEARD.set(Some(Server { says: says.to_vec(), step }));
    }

    /// The connection to this server; nobody is there twice.
    pub fn stream() -> Result<Server> {
        HEARD.take().ok_or_else(|| std::io::ErrorKind::ConnectionRefused.into())
    }

    impl AsyncRead for Server {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
            let some = self.step.clamp(1, buffer.remaining().max(1)).min(self.says.len());
            buffer.put_slice(&self.says[..some]);
            self.says.drain(..some);
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Server {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
}
