//! The API on loopback, as it was seen to behave.

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
pub use self::assets::{Asset, account};
pub use self::builder::EmulatorBuilder;
use self::journal::Journal;
pub use self::journal::{Exchange, Sent};
pub use self::quirk::{Quirk, UnknownQuirk};

/// The API of one or more accounts, served on 127.0.0.1 until it is dropped.
///
/// [`start`](Self::start) serves a small account with one asset of every kind ([`account`]), [`builder`](Self::builder)
/// accounts and answers of your own. The server has a thread and a runtime of its own, so it can be started and dropped
/// anywhere, also within a tokio runtime.
///
/// It takes any token that it has given out, until that expires, and any that it was told to
/// [accept](Self::accept). If there are several accounts, the methods here that are about tokens and assets mean the
/// first one; [`account`](Self::account) leads to the others.
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
    /// The header by which a call asks for the [`Quirk`] that it is to be answered with, by its name.
    pub const QUIRK_HEADER: &'static str = "emulator-quirk";

    /// Serves the built-in account on a free port.
    ///
    /// # Errors
    ///
    /// When no socket can be had, or no thread.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Serves the built-in account on this port; 0 is a free one.
    ///
    /// # Errors
    ///
    /// When the port is taken, or no thread can be had.
    pub fn start_on(port: u16) -> io::Result<Self> {
        Self::builder().port(port).start()
    }

    /// An emulator with accounts and answers of your own.
    ///
    /// ```
    /// use wechat_material_testkit::{Account, Emulator};
    ///
    /// let emulator = Emulator::builder()
    ///     .account(Account::new("wx-one", "secret-one").built_in_assets())
    ///     .account(Account::new("wx-two", "secret-two"))
    ///     .start()?;
    /// let two = emulator.account("wx-two").ok_or(std::io::ErrorKind::NotFound)?;
    /// assert_ne!(two.token().expose(), emulator.token().expose());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Where it listens: plain http on 127.0.0.1.
    pub fn base_url(&self) -> BaseUrl {
        self.base_url.clone()
    }

    /// The account with this app id.
    pub fn account(&self, app_id: &str) -> Option<ServedAccount<'_>> {
        self.accounts.by_app_id(app_id).map(|account| ServedAccount::new(account, &self.base_url))
    }

    fn first_account(&self) -> ServedAccount<'_> {
        ServedAccount::new(self.accounts.first(), &self.base_url)
    }

    /// A token that is good for two hours: the one that `stable_token` would answer with.
    pub fn token(&self) -> AccessToken {
        self.first_account().token()
    }

    /// Its base URL and a good token.
    pub fn access(&self) -> Access {
        self.first_account().access()
    }

    /// Makes a token of your own good for two hours, whatever is in it.
    pub fn accept(&self, token: &AccessToken) {
        self.first_account().accept(token);
    }

    /// Turns its clock forward, to see the tokens of all accounts expire.
    pub fn advance(&self, time: Duration) {
        self.accounts.advance(time);
    }

    /// Expires every token that was good until now.
    pub fn expire_tokens(&self) {
        self.first_account().expire_tokens();
    }

    /// Lists and counts so many assets of a type from now on, in place of those that the account has: to see
    /// pages come and go. They are named `0`, `1`, `2` and so on (articles have it for a title), in this order,
    /// and are served under their ids. The account's own assets are still served as well.
    ///
    /// ```
    /// use wechat_material::MaterialType;
    /// # let emulator = wechat_material_testkit::Emulator::start()?;
    /// emulator.fill(MaterialType::Image, 45); // three pages, the last of five
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn fill(&self, material_type: MaterialType, assets: usize) {
        self.first_account().fill(material_type, assets);
    }

    /// Answers every call for this media id with a quirk from now on.
    pub fn misbehave_for(&self, media_id: &str, quirk: Quirk) {
        self.journal.misbehave_for(media_id, quirk);
    }

    /// Answers the next calls with a quirk, whatever they ask for.
    pub fn misbehave_next(&self, calls: u64, quirk: Quirk) {
        self.journal.misbehave_next(calls, quirk);
    }

    /// Answers properly again.
    pub fn behave(&self) {
        self.journal.behave();
    }

    /// The calls since this was last asked for, in their order, and how each was answered.
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.journal.take_exchanges()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            // A panic of the server was printed when it happened.
            let _ = server.join();
        }
    }
}
