//! What each call was sent according to the emulator's journal, and the result that it must have.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use wechat_material_testkit::{Exchange, Quirk, Sent};

use crate::callers::Way;
use crate::marked::NUMBER;

/// The result of a call.
pub(crate) struct Got {
    pub(crate) number: u64,
    pub(crate) way: Way,
    pub(crate) client: Client,
    pub(crate) outcome: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Client {
    Ureq,
    Reqwest,
}

impl Client {
    fn name(self) -> &'static str {
        match self {
            Self::Ureq => "ureq",
            Self::Reqwest => "reqwest",
        }
    }
}

pub(crate) struct Ledger {
    table: Table,
    /// The answers that were sent to each unfinished call.
    sent: HashMap<u64, Vec<Sent>>,
    pub(crate) checked: u64,
    /// The number of calls with a quirk, with an expired token, and with a second attempt.
    pub(crate) bad: u64,
    pub(crate) expired: u64,
    pub(crate) second: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { table: Table::from_readme(), sent: HashMap::new(), checked: 0, bad: 0, expired: 0, second: 0 }
    }
}

impl Ledger {
    /// Records a part of the journal.
    pub(crate) fn record(&mut self, exchanges: Vec<Exchange>) {
        for exchange in exchanges {
            if let Some(number) = exchange.headers.get(NUMBER) {
                let number = number.to_str().unwrap().parse().unwrap();
                self.sent.entry(number).or_default().push(exchange.sent);
            }
        }
    }

    /// Whether all recorded answers belong to checked calls.
    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Asserts that the result of a call matches the answers that were sent to it. They must have been recorded.
    pub(crate) fn check(&mut self, got: &Got) {
        let sent = self.sent.remove(&got.number).unwrap_or_default();
        let Got { way, client, outcome, .. } = got;
        let (Some(first), Some(last)) = (sent.first(), sent.last()) else {
            panic!("{outcome} without an answer, {way:?} {client:?}")
        };
        let attempts = if self.is_retried(*way, *client, first) { 2 } else { 1 };
        assert_eq!(sent.len(), attempts, "{outcome} after {sent:?}, {way:?} {client:?}");
        assert_eq!(*outcome, self.verdict(*way, *client, last), "after {sent:?}, {way:?} {client:?}");
        self.checked += 1;
        self.bad += u64::from(sent.iter().any(|sent| matches!(sent, Sent::Quirk(_))));
        self.expired += u64::from(sent.iter().any(|sent| code(sent) == Some(42001)));
        self.second += u64::from(attempts == 2);
    }

    /// The expected result of a call whose last answer is this.
    fn verdict(&self, way: Way, client: Client, sent: &Sent) -> String {
        let once = match way {
            Way::Get => Way::Get,
            // A client streams every asset.
            Way::Download | Way::ClientGet | Way::ClientDownload => Way::Download,
            Way::List | Way::ClientList => Way::List,
        };
        match (sent, code(sent), once) {
            (Sent::Quirk(quirk), _, _) => self.table.cell(*quirk, once, client),
            (Sent::Answer { .. }, Some(_), _) => "ApiError, fault".to_owned(),
            (Sent::Answer { .. }, None, Way::List) => "2 items".to_owned(),
            (Sent::Answer { .. }, None, _) => "a file of 1826 bytes".to_owned(),
        }
    }

    fn is_retried(&self, way: Way, client: Client, first: &Sent) -> bool {
        if !matches!(way, Way::ClientGet | Way::ClientDownload | Way::ClientList) {
            return false;
        }
        match first {
            // These ask for a wait of a second, which the time limit allows here.
            Sent::Quirk(Quirk::TooManyRequests | Quirk::Unavailable) => true,
            Sent::Quirk(quirk) => self.table.cell(*quirk, way, client).ends_with(", at the second attempt"),
            Sent::Answer { .. } => code(first) == Some(42001),
        }
    }
}

/// The `errcode` of an answer that is an error object.
fn code(sent: &Sent) -> Option<i64> {
    let Sent::Answer { body, .. } = sent else { return None };
    serde_json::from_slice::<Value>(body).ok()?["errcode"].as_i64()
}

/// The table in `tests/README.md`, which another test checks.
struct Table(HashMap<(String, &'static str), String>);

impl Table {
    fn from_readme() -> Self {
        let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
        let mut cells = HashMap::new();
        for line in readme.lines() {
            let all: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [_, name, row @ ..] = &all[..] else { continue };
            if row.len() == Way::ALL.len() {
                let name = name.trim_matches('`').to_owned();
                let named = |way: &Way| (name.clone(), way.name());
                cells.extend(Way::ALL.iter().zip(row).map(|(way, cell)| (named(way), (*cell).to_owned())));
            }
        }
        Self(cells)
    }

    fn cell(&self, quirk: Quirk, way: Way, client: Client) -> String {
        let cell =
            self.0.get(&(quirk.to_string(), way.name())).unwrap_or_else(|| panic!("no row for {quirk}"));
        let own = cell.split("; ").find_map(|part| part.strip_prefix(client.name())?.strip_prefix(": "));
        own.unwrap_or(cell).to_owned()
    }
}
