//! Configures an emulator.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use axum::http::{Request, Response};

use super::account::Account;
use super::accounts::Accounts;
use super::{Emulator, server};

/// Configures an [`Emulator`]. Create it with [`Emulator::builder`].
#[derive(Default)]
#[must_use]
pub struct EmulatorBuilder {
    port: u16,
    accounts: Vec<Account>,
    answers: CustomAnswers,
}

/// The configured answers, by path.
pub(super) type CustomAnswers = HashMap<String, Arc<AnswerFn>>;

type AnswerFn = dyn Fn(Request<Vec<u8>>) -> Response<Vec<u8>> + Send + Sync;

impl EmulatorBuilder {
    /// Sets the port to listen on. The default is 0: a free port.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Adds an account. If no account is added, the emulator serves [the built-in one](Account::built_in).
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Answers every call to this path with this response, for example to test your own endpoint. The path may also be one
    /// that the emulator serves: then this response replaces the emulator's.
    ///
    /// If the call has a token, the token must be valid. Otherwise the call is refused like any other. Quirks and the
    /// journal work as usual.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use wechat_material::{Access, Answer, ApiError, BuildError, Endpoint, TransportFn, call};
    /// use wechat_material_testkit::Emulator;
    /// # use wechat_material::http;
    ///
    /// /// `GET /cgi-bin/my/quota`
    /// struct Quota;
    ///
    /// impl Endpoint for Quota {
    ///     type Target = Access;
    ///     type Output<F> = u64;
    ///
    ///     fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
    ///         access.get("/cgi-bin/my/quota")
    ///     }
    ///
    ///     fn read<F>(&self, answer: Answer<'_, F>) -> Result<u64, ApiError> {
    ///         let quota: serde_json::Value = answer.deserialize("a quota")?;
    ///         quota["left"].as_u64().ok_or_else(|| ApiError::shape("a quota"))
    ///     }
    /// }
    ///
    /// let answer = Response::new(br#"{"left":7}"#.to_vec());
    /// let emulator = Emulator::builder().answer("/cgi-bin/my/quota", answer).start()?;
    /// # fn my_http(request: Request<Vec<u8>>) -> std::io::Result<Response<Vec<u8>>> {
    /// #     use std::io::{Read, Write};
    /// #     let uri = request.uri();
    /// #     let mut stream = std::net::TcpStream::connect(uri.authority().unwrap().as_str())?;
    /// #     write!(stream, "GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", uri.path_and_query().unwrap())?;
    /// #     let mut response = Vec::new();
    /// #     stream.read_to_end(&mut response)?;
    /// #     Ok(wechat_material_testkit::recorded::read(&response).unwrap())
    /// # }
    /// let quota = call(&Quota, &emulator.access(), &TransportFn::new(my_http))?;
    /// assert_eq!(quota, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answer(self, path: impl Into<String>, response: Response<Vec<u8>>) -> Self {
        self.answer_with(path, move |_| response.clone())
    }

    /// Answers every call to this path with the response that the function returns. The URI of the request that it receives
    /// has only a path and a query. Everything else is as in [`answer`](Self::answer).
    ///
    /// The function runs in the emulator's only thread, so it must not call the emulator. If it panics, the connection is
    /// closed without an answer.
    ///
    /// ```
    /// use http::Response;
    /// use wechat_material_testkit::Emulator;
    /// # use wechat_material::http;
    ///
    /// let emulator = Emulator::builder()
    ///     .answer_with("/cgi-bin/material/del_material", |request| {
    ///         let is_known = request.body() == br#"{"media_id":"IMAGE-01"}"#;
    ///         let answer = if is_known { r#"{"errcode":0}"# } else { r#"{"errcode":40007,"errmsg":"invalid"}"# };
    ///         Response::new(answer.into())
    ///     })
    ///     .start()?;
    /// # drop(emulator);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn answer_with(
        mut self,
        path: impl Into<String>,
        answer: impl Fn(Request<Vec<u8>>) -> Response<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.answers.insert(path.into(), Arc::new(answer));
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    ///
    /// If the port is in use, the system cannot start a thread, or two accounts have the same app id.
    pub fn start(self) -> io::Result<Emulator> {
        let app_ids = self.accounts.iter().map(|account| account.app_id.as_str());
        let distinct: std::collections::HashSet<_> = app_ids.collect();
        if distinct.len() < self.accounts.len() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "two accounts have the same app id"));
        }
        server::start(self.port, Arc::new(Accounts::new(self.accounts)), self.answers)
    }
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("port", &self.port)
            .field("accounts", &self.accounts)
            .field("answers", &self.answers.keys())
            .finish()
    }
}
