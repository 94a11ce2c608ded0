//! The API on loopback, with the behaviour that was observed at WeChat.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use wechat_material::{Access, AccessToken, BaseUrl, MaterialType};

mod account;
mod accounts;
mod answer;
mod assets;
mod builder;
mod calls;
mod control;
mod journal;
mod lists;
mod quirk;
mod script;
mod server;
mod tokens;
mod wire;

pub use self::account::Account;
use self::accounts::Accounts;
pub use self::accounts::ServedAccount;
pub use self::assets::{Asset, built_in_assets};
pub use self::builder::EmulatorBuilder;
use self::journal::Journal;
pub use self::journal::{Exchange, Sent};
pub use self::quirk::{Quirk, UnknownQuirk};

/// A server on 127.0.0.1 that emulates the API for one or more accounts. Dropping it stops the server.
///
/// [`start`](Self::start) serves a small account with one asset of every kind ([`built_in_assets`]).
/// [`builder`](Self::builder) serves your own accounts and answers. The server runs in its own thread with its own runtime,
/// so you can start and drop it anywhere, including inside a tokio runtime.
///
/// It accepts every token that it has issued, until the token expires, and every token passed to [`accept`](Self::accept).
/// If there are several accounts, the methods for tokens and assets apply to the first one, except
/// [`advance`](Self::advance), which applies to all. Use [`account`](Self::account) for the others.
#[derive(Debug)]
pub struct Emulator {
    base_url: BaseUrl,
    accounts: Arc<Accounts>,
    journal: Arc<Journal>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Emulator {
    /// The app id of the built-in account.
    pub const APP_ID: &'static str = "wx0000000000000000";
    /// The app secret of the built-in account.
    pub const APP_SECRET: &'static str = "0123456789abcdef0123456789abcdef";
    /// The request header that names the [`Quirk`] to answer this call with.
    pub const QUIRK_HEADER: &'static str = "emulator-quirk";

    /// Serves the built-in account on a free port.
    ///
    /// # Errors
    ///
    /// If the system cannot open a socket or start a thread.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Serves the built-in account on this port, or on a free one if it is 0.
    ///
    /// # Errors
    ///
    /// If the port is in use, or the system cannot start a thread.
    pub fn start_on(port: u16) -> io::Result<Self> {
        Self::builder().port(port).start()
    }

    /// Returns a builder for an emulator with your own accounts and answers.
    ///
    /// ```
    /// use wechat_material_testkit::{Account, Emulator};
    ///
    /// let emulator = Emulator::builder()
    ///     .account(Account::new("wx-one", "secret-one").with_built_in_assets())
    ///     .account(Account::new("wx-two", "secret-two"))
    ///     .start()?;
    /// let two = emulator.account("wx-two").ok_or(std::io::ErrorKind::NotFound)?;
    /// assert_ne!(two.token().expose(), emulator.token().expose());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// The URL of the server: plain http on 127.0.0.1.
    pub fn base_url(&self) -> BaseUrl {
        self.base_url.clone()
    }

    /// Returns the account with this app id, or `None` if there is none.
    pub fn account(&self, app_id: &str) -> Option<ServedAccount<'_>> {
        self.accounts.by_app_id(app_id).map(|account| ServedAccount::new(account, &self.base_url))
    }

    fn first_account(&self) -> ServedAccount<'_> {
        ServedAccount::new(self.accounts.first(), &self.base_url)
    }

    /// Returns a valid token: the one that `stable_token` returns at this moment. A new token is valid for two hours.
    pub fn token(&self) -> AccessToken {
        self.first_account().token()
    }

    /// The base URL and a valid token.
    pub fn access(&self) -> Access {
        self.first_account().access()
    }

    /// Makes the emulator accept this token for two hours. The token may have any content.
    pub fn accept(&self, token: &AccessToken) {
        self.first_account().accept(token);
    }

    /// Moves the emulator's clock forward, so that the tokens of all accounts expire sooner.
    pub fn advance(&self, time: Duration) {
        self.accounts.advance(time);
    }

    /// Expires every token that is valid now.
    pub fn expire_tokens(&self) {
        self.first_account().expire_tokens();
    }

    /// Lists and counts this many generated assets of a type from now on, instead of the account's own. Use it to test
    /// paging. The assets are named `0`, `1`, `2` and so on, in the order of the list (for articles this is the title), and
    /// `get_material` serves them by their ids. The account's own assets are still served as well.
    ///
    /// ```
    /// use wechat_material::MaterialType;
    /// # let emulator = wechat_material_testkit::Emulator::start()?;
    /// emulator.fill(MaterialType::Image, 45); // three pages, with 5 items on the last
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn fill(&self, material_type: MaterialType, assets: usize) {
        self.first_account().fill(material_type, assets);
    }

    /// Answers every call for this media id with a quirk, until [`behave`](Self::behave) is called.
    pub fn misbehave_for(&self, media_id: &str, quirk: Quirk) {
        self.journal.misbehave_for(media_id, quirk);
    }

    /// Answers the next calls with a quirk, whichever calls they are.
    pub fn misbehave_next(&self, calls: u64, quirk: Quirk) {
        self.journal.misbehave_next(calls, quirk);
    }

    /// Removes all quirks: calls are answered normally again.
    pub fn behave(&self) {
        self.journal.behave();
    }

    /// Returns the calls since the last call of this method, in order, each with its answer.
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.journal.take_exchanges()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            // A panic of the server has already been printed.
            let _ = server.join();
        }
    }
}
