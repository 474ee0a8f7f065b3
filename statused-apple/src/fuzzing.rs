//! A fuzzer in the place of the server. It is there with `--cfg fuzzing` only, which no build but a fuzzer's has.

use std::cell::RefCell;
use std::sync::OnceLock;

use reqwest::{Client, ClientBuilder, RequestBuilder, Response, Result, Url};

type Server = Box<dyn FnMut(&Url) -> Response>;

thread_local! {
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

/// Answers the requests of this thread from now on, by their addresses. None of them leaves this machine.
pub fn answer<R: Into<Response>>(mut by: impl FnMut(&Url) -> R + 'static) {
    SERVER.set(Some(Box::new(move |url| by(url).into())));
}

/// Has a request answered.
pub(crate) async fn send(http: RequestBuilder) -> Result<Response> {
    let request = http.build()?;
    Ok(SERVER.with_borrow_mut(|server| server.as_mut().expect("a fuzzer answers")(request.url())))
}

/// One client for all: to make it takes longer than thousands of answers, and nothing is sent with it.
pub(crate) fn client(builder: ClientBuilder) -> Result<Client> {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    match CLIENT.get() {
        Some(client) => Ok(client.clone()),
        None => builder.build().map(|client| CLIENT.get_or_init(|| client).clone()),
    }
}
