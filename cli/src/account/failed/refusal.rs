//! What WeChat says no with: its code, its words, and what to do about it.

use std::net::IpAddr;

use wechat_material::http::StatusCode;
use wechat_material::{Category, ErrorCode, Fault};

use super::super::{Caller, Key};
use crate::failure::Failure;
use crate::printable::shortened;

/// Columns of WeChat's words that are shown at most.
const LONGEST: usize = 300;

impl Caller {
    pub(super) fn refusal(&self, failure: Failure, fault: &Fault) -> Failure {
        let status = match fault.status {
            StatusCode::OK => String::new(),
            status => format!(" and HTTP status {}", status.as_u16()),
        };
        let meaning = fault.meaning().map(|meaning| format!(": {meaning}")).unwrap_or_default();
        let why = format!("why: WeChat refused the call with errcode {}{status}{meaning}", fault.code);
        let failure = failure.with(why).next(next_step(fault, &self.key));
        let failure = match words(fault) {
            None if fault.is_redacted() => {
                failure.with("WeChat's words are left out: they repeat the access token or the app secret")
            }
            None => failure,
            Some(words) => failure.with(format!("WeChat's words: {}", shortened(&words, LONGEST))),
        };
        match &fault.rid {
            None => failure,
            Some(rid) => failure.with(format!("rid: {rid} (for WeChat's support)")),
        }
    }
}

fn words(fault: &Fault) -> Option<String> {
    match (fault.message.as_str(), fault.hint.as_deref().unwrap_or_default()) {
        ("", "") => None,
        (message, "") => Some(message.to_owned()),
        ("", hint) => Some(format!("hint {hint}")),
        (message, hint) => Some(format!("{message} (hint {hint})")),
    }
}

fn next_step(fault: &Fault, key: &Key) -> String {
    match (fault.category(), fault.code, key) {
        (Category::Token, _, Key::Token(_)) => "get a new access token; or give app id and app secret and \
             no token, then it is renewed by itself"
            .to_owned(),
        (Category::Token, _, Key::Credentials(_)) => "try again in a minute; if it stays so, find out what \
             else obtains tokens for this account"
            .to_owned(),
        (Category::Credentials, ErrorCode::ADDRESS_NOT_LISTED, _) => match address(fault.raw()) {
            Some(address) => format!(
                "put {address}, as which WeChat sees this machine, on the list of allowed IP addresses in the \
                 account's console"
            ),
            None => "put this machine's address on the list of allowed IP addresses in the account's console"
                .to_owned(),
        },
        (Category::Credentials, ErrorCode::INVALID_CREDENTIAL | ErrorCode::INVALID_APP_SECRET, _) => {
            "check the app secret: it must be the latest of this app id".to_owned()
        }
        (category, _, _) => category.advice().to_owned(),
    }
}

/// The address in `invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist`.
fn address(words: &str) -> Option<IpAddr> {
    let words = words.split(|char: char| !char.is_ascii_hexdigit() && char != '.' && char != ':');
    words
        .filter_map(|word| word.trim_end_matches('.').parse::<IpAddr>().ok())
        .map(|ip| ip.to_canonical())
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_all_that_wechat_was_heard_to_say() {
        for (words, expected) in [
            ("invalid ip 119.253.43.19, not in whitelist", Some("119.253.43.19")),
            (
                "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 6413208f-1ae7191d-6edfb203",
                Some("1.2.3.4"),
            ),
            ("invalid ip ::ffff:1.2.3.4.", Some("1.2.3.4")),
            ("invalid ip 2001:db8::1, not in whitelist", Some("2001:db8::1")),
            ("invalid ip 1.2.3, not in whitelist rid: 6413208f-1ae7191d-6edfb203", None),
            ("", None),
        ] {
            assert_eq!(address(words).map(|ip| ip.to_string()).as_deref(), expected, "{words}");
        }
    }
}
