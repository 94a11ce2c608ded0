//! Shares the classic token among several machines through Redis: one machine obtains it, the others read it there.
//!
//! ```sh
//! REDIS_URL=redis://127.0.0.1 WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-ureq --example redis
//! ```
//!
//! The stable token needs no shared store, as WeChat hands out the same token to every machine.

use std::env;
use std::error::Error;
use std::thread;
use std::time::Duration;

use redis::{Commands, ExistenceCheck, SetExpiry, SetOptions};
use wechat_material::driver::{Renewal, TokenCache};
use wechat_material::{
    AccessToken, BaseUrl, CountMaterials, Credentials, Endpoint, IssuedToken, Token, Transport,
};
use wechat_material_ureq::{Client, ObtainToken, SourceError, TokenSource, UreqTransport};

/// The token in Redis, under `wechat-token:APPID` until it expires.
pub struct SharedToken {
    /// Where it is stored.
    pub redis: redis::Client,
    /// The credentials to obtain it with.
    pub credentials: Credentials,
    /// Where to obtain it.
    pub base_url: BaseUrl,
    /// The transport to obtain it over.
    pub transport: UreqTransport,
}

impl SharedToken {
    /// The lock expires after this time, which is longer than a call of the transport can take. If the machine that holds
    /// the lock fails, another one obtains the token after that.
    const LOCK_TIME: Duration = Duration::from_secs(150);
    /// How often to look whether another machine has stored a token.
    const POLL_INTERVAL: Duration = Duration::from_millis(50);

    /// The shared token, unless it was refused or expires soon.
    fn shared(
        &self,
        redis: &mut redis::Connection,
        renewal: &Renewal,
    ) -> Result<Option<IssuedToken>, SourceError> {
        let (token, life): (Option<String>, i64) =
            redis::pipe().atomic().get(self.key()).pttl(self.key()).query(redis)?;
        let token = token.filter(|token| renewal.refused().map(AccessToken::expose) != Some(token.as_str()));
        let life = Duration::from_millis(u64::try_from(life).unwrap_or_default());
        let token = token.filter(|_| life > TokenCache::MARGIN);
        Ok(token.map(|token| IssuedToken::new(AccessToken::new(token), Some(life))))
    }

    fn obtain_for_all(&self, redis: &mut redis::Connection) -> Result<IssuedToken, SourceError> {
        let obtain = Token::new(&self.credentials);
        let issued = obtain.parse(self.transport.send(obtain.to_request(&self.base_url)?)?)?;
        let life = issued.expires_in.unwrap_or(Duration::from_secs(7200)).as_secs().max(1);
        let _: () = redis.set_ex(self.key(), issued.token.expose(), life)?;
        Ok(issued)
    }

    fn key(&self) -> String {
        format!("wechat-token:{}", self.credentials.app_id())
    }
}

impl ObtainToken for SharedToken {
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError> {
        let mut redis = self.redis.get_connection()?;
        let lock = format!("{}:lock", self.key());
        loop {
            if let Some(issued) = self.shared(&mut redis, renewal)? {
                return Ok(issued);
            }
            let if_free = SetOptions::default()
                .conditional_set(ExistenceCheck::NX)
                .with_expiration(SetExpiry::PX(u64::try_from(Self::LOCK_TIME.as_millis())?));
            let is_ours: bool = redis.set_options(&lock, "", if_free)?;
            if is_ours {
                // Another machine may have stored a token in the meantime.
                let issued = match self.shared(&mut redis, renewal) {
                    Ok(None) => self.obtain_for_all(&mut redis),
                    Ok(Some(issued)) => Ok(issued),
                    Err(error) => Err(error),
                };
                // A lock that cannot be deleted expires, and the token is valid anyway.
                let _: Result<(), _> = redis.del(&lock);
                return issued;
            }
            thread::sleep(Self::POLL_INTERVAL);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let source = SharedToken {
        redis: redis::Client::open(env::var("REDIS_URL")?)?,
        credentials: Credentials::new(env::var("WECHAT_APP_ID")?, env::var("WECHAT_APP_SECRET")?),
        base_url: BaseUrl::API,
        transport: UreqTransport::new(),
    };
    let client = Client::builder(TokenSource::custom(source), UreqTransport::new()).build();
    println!("{:?}", client.call(&CountMaterials)?);
    Ok(())
}
