//! Machines that share the classic token through Redis: one obtains it, the others take it from there.
//!
//! ```sh
//! REDIS_URL=redis://127.0.0.1 WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-ureq --example redis
//! ```
//!
//! The stable token needs none of this: WeChat itself is the shared store.

use std::env;
use std::error::Error;
use std::thread;
use std::time::Duration;

use redis::{Commands, ExistenceCheck, SetExpiry, SetOptions};
use wechat_material::{
    AccessToken, BaseUrl, CountMaterials, Credentials, Endpoint, IssuedToken, Renewal, Session, Token,
    Transport,
};
use wechat_material_ureq::{Client, SourceError, TokenSource, UreqTransport};

/// The token in Redis, under `wechat-token:APPID` for as long as it lives.
pub struct SharedToken {
    /// Where it lies.
    pub redis: redis::Client,
    /// What it is obtained with, when there is none.
    pub credentials: Credentials,
    /// Where it is obtained.
    pub base_url: BaseUrl,
    /// How it is obtained.
    pub transport: UreqTransport,
}

impl SharedToken {
    /// Who obtains a token has so long for it, which is more than the transport takes; if it goes away meanwhile,
    /// another one obtains it then.
    const LOCKED: Duration = Duration::from_secs(150);
    const PATIENCE: Duration = Duration::from_millis(50);

    /// The shared one, unless it is the one that was refused or ends soon.
    fn shared(
        &self,
        redis: &mut redis::Connection,
        renewal: &Renewal,
    ) -> Result<Option<IssuedToken>, SourceError> {
        let (token, life): (Option<String>, i64) =
            redis::pipe().atomic().get(self.key()).pttl(self.key()).query(redis)?;
        let token = token.filter(|token| renewal.refused().map(AccessToken::expose) != Some(token.as_str()));
        let life = Duration::from_millis(u64::try_from(life).unwrap_or_default());
        let token = token.filter(|_| life > Session::MARGIN);
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

impl TokenSource for SharedToken {
    fn obtain(&self, renewal: &Renewal) -> Result<IssuedToken, SourceError> {
        let mut redis = self.redis.get_connection()?;
        let lock = format!("{}:lock", self.key());
        loop {
            if let Some(issued) = self.shared(&mut redis, renewal)? {
                return Ok(issued);
            }
            let if_free = SetOptions::default()
                .conditional_set(ExistenceCheck::NX)
                .with_expiration(SetExpiry::PX(u64::try_from(Self::LOCKED.as_millis())?));
            let is_ours: bool = redis.set_options(&lock, "", if_free)?;
            if is_ours {
                // Somebody may have put one there since.
                let issued = match self.shared(&mut redis, renewal) {
                    Ok(None) => self.obtain_for_all(&mut redis),
                    Ok(Some(issued)) => Ok(issued),
                    Err(error) => Err(error),
                };
                // What cannot be given back ends by itself; the token is good all the same.
                let _: Result<(), _> = redis.del(&lock);
                return issued;
            }
            thread::sleep(Self::PATIENCE);
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
    let client = Client::with_source(source, UreqTransport::new()).build();
    println!("{:?}", client.call(&CountMaterials)?);
    Ok(())
}
