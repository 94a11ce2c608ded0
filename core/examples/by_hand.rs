//! A driver without threads and without a clock: it makes a call with a token that it obtains and renews. The clients of
//! `wechat-material-client` do the same with locks, clocks and connections.
//!
//! ```sh
//! cargo run -p wechat-material --example by_hand
//! ```
//!
//! A function answers in WeChat's place. It is busy at first, and refuses the first token.

use std::error::Error;
use std::io;
use std::time::Duration;

use http::{Request, Response};
use wechat_material::driver::{Action, Call, Moment, TokenAction, TokenCache, TokenCall, TokenGrant};
use wechat_material::{
    Access, ClientConfig, ClientError, Credentials, Endpoint, File, GetMaterial, Material, TransportError,
};

type Sent = Result<Response<Vec<u8>>, io::Error>;

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
        config: ClientConfig::default(),
        tokens: TokenCache::default(),
        now: Moment::default(),
        send,
    };
    let Material::News(news) = account.call(&GetMaterial::new("61224425"))? else {
        return Err("not news".into());
    };
    assert_eq!(news.articles[0].title, "an article");
    // The driver does not sleep. It only counts the time.
    assert!(account.now > Moment::default() && account.now < Moment(Duration::from_secs(1)));
    Ok(())
}

struct Account<S> {
    credentials: Credentials,
    config: ClientConfig,
    tokens: TokenCache,
    now: Moment,
    send: S,
}

impl<S: FnMut(Request<Vec<u8>>) -> Sent> Account<S> {
    fn call<E: Endpoint<Target = Access>>(&mut self, endpoint: &E) -> Result<E::Output<File>, ClientError> {
        let config = self.config.clone();
        let mut call = Call::<E, File>::new(endpoint, &config, 7, self.now);
        loop {
            match call.poll(&mut self.tokens, self.now) {
                Action::Send { request, .. } => match (self.send)(request) {
                    Ok(response) => call.handle_response(response, self.now),
                    Err(error) => call.handle_failure(TransportError::from(error), self.now),
                },
                Action::Sleep { until } => self.now = until,
                Action::NeedToken { .. } => self.renew(),
                // The call collects the bytes of a file, so there is no sink, and it does not open a file.
                Action::Rewind => call.handle_no_rewind(self.now),
                Action::Opened | Action::Finish => return call.finish().map(|parsed| parsed.output),
            }
        }
    }

    fn renew(&mut self) {
        // No other caller renews it here.
        let Some(renewal) = self.tokens.begin(self.now) else { return };
        let grant = TokenGrant::Stable(self.credentials.clone());
        let mut call = TokenCall::new(renewal, grant, &self.config, 8, self.now);
        loop {
            match call.poll(&mut self.tokens, self.now) {
                TokenAction::Send(request) => match (self.send)(request) {
                    Ok(response) => call.handle_response(response, self.now),
                    Err(error) => call.handle_failure(TransportError::from(error), self.now),
                },
                TokenAction::Obtain => call.handle_issued(Err("there is no other source".into()), self.now),
                TokenAction::Sleep { until } => self.now = until,
                TokenAction::Finish => return,
            }
        }
    }
}
