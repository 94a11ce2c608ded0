//! A call with a token that is obtained, renewed and shared, driven by hand: what the clients of the transport crates do,
//! in one function without threads.
//!
//! ```sh
//! cargo run -p wechat-material --example by_hand
//! ```
//!
//! In WeChat's place a function answers here: it is busy at first, and refuses the first token.

use std::error::Error;
use std::time::Duration;

use http::{Request, Response};
use wechat_material::{
    Access, AccessToken, ApiError, BaseUrl, CallError, Category, Credentials, Endpoint, Event, Exchange,
    Failure, Generation, GetMaterial, Lease, Material, Moment, RetryPolicy, Session, StableToken, Step,
};

type Sent = Result<Response<Vec<u8>>, std::io::Error>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut answers = vec![
        r#"{"access_token":"FIRST","expires_in":7200}"#,
        r#"{"errcode":-1,"errmsg":"system error"}"#,
        r#"{"errcode":40001,"errmsg":"invalid credential"}"#,
        r#"{"access_token":"SECOND","expires_in":7200}"#,
        r#"{"news_item":[{"title":"an article"}]}"#,
    ]
    .into_iter();
    let send = move |_: Request<Vec<u8>>| -> Sent {
        Ok(Response::new(answers.next().unwrap_or_default().as_bytes().to_vec()))
    };
    let mut account = Account {
        credentials: Credentials::new("wx0123456789abcdef", "app secret"),
        session: Session::default(),
        now: Moment::default(),
        send,
    };
    let Material::News(news) = account.call(&GetMaterial::new("61224425"))? else {
        return Err("not news".into());
    };
    assert_eq!(news.articles[0].title, "an article");
    // Not slept, only counted.
    assert!(account.now > Moment::default() && account.now < Moment(Duration::from_secs(1)));
    Ok(())
}

struct Account<S> {
    credentials: Credentials,
    session: Session,
    now: Moment,
    send: S,
}

impl<S: FnMut(Request<Vec<u8>>) -> Sent> Account<S> {
    fn call<E: Endpoint<Target = Access>>(&mut self, endpoint: &E) -> Result<E::Output, Box<dyn Error>> {
        let mut exchange = Exchange::new(&RetryPolicy::default(), endpoint.is_repeatable(), 7);
        let mut step = exchange.next(self.now, Event::Start);
        let mut last = None;
        loop {
            step = match step {
                Step::Send => {
                    let (token, generation) = self.lease()?;
                    let error = match self.send_once(endpoint, &Access::new(&token)) {
                        Ok(output) => return Ok(output),
                        Err(error) => error,
                    };
                    if is_refusal(&error) {
                        // Even if this call is not tried again, the next one is not to be made with this token.
                        self.session.refused(generation);
                    }
                    let event = Event::of(&error, |_| Failure::Interrupted, None);
                    let next = exchange.next(self.now, event);
                    last = Some(error);
                    next
                }
                Step::Wait(time) => {
                    self.now = self.now.after(time);
                    exchange.next(self.now, Event::Waited)
                }
                Step::Renew => {
                    self.lease()?;
                    exchange.next(self.now, Event::Renewed)
                }
                Step::Finish => return Err(last.map_or("nothing was sent".into(), Into::into)),
            }
        }
    }

    fn lease(&mut self) -> Result<(AccessToken, Generation), Box<dyn Error>> {
        let mut lease = self.session.lease(self.now);
        loop {
            lease = match lease {
                Lease::Token(token, generation) => return Ok((token, generation)),
                Lease::Renew(renewal) => {
                    let obtain = StableToken::new(&self.credentials).forced(renewal.is_forced());
                    match self.send_once(&obtain, &BaseUrl::API) {
                        Ok(issued) => self.session.renewed(renewal, issued, self.now),
                        Err(error) => return self.session.failed(renewal, self.now).ok_or(error.into()),
                    }
                }
                Lease::Wait => return Err("somebody else is renewing, but there is nobody else".into()),
            }
        }
    }

    fn send_once<E: Endpoint>(
        &mut self,
        endpoint: &E,
        target: &E::Target,
    ) -> Result<E::Output, CallError<std::io::Error>> {
        let request = endpoint.to_request(target).map_err(CallError::Build)?;
        let response = (self.send)(request).map_err(CallError::Transport)?;
        endpoint.parse(response).map_err(CallError::Api)
    }
}

fn is_refusal<T: Error>(error: &CallError<T>) -> bool {
    matches!(error, CallError::Api(ApiError::Fault(fault)) if fault.category() == Category::Token)
}
