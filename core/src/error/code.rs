//! The meaning of each `errcode`, and what to do about it.

use std::fmt;

use serde::{Serialize, Serializer};

/// The number in `errcode`. It can be a number without a constant here.
///
/// WeChat lists them under
/// [global return codes](https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ErrorCode(pub i64);

/// The kind of a refusal, which decides what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// WeChat is busy: the same call is likely to succeed in a moment.
    Busy,
    /// The access token is wrong or has expired.
    Token,
    /// Too many calls this minute.
    RateLimit,
    /// The daily quota is used up.
    Quota,
    /// The requested asset does not exist, or an argument is not accepted.
    Argument,
    /// The API cannot read the request.
    Request,
    /// App id, app secret or the caller's address is not accepted.
    Credentials,
    /// The account may not do this.
    Permission,
    /// A code that is not in the table.
    Unknown,
}

impl Category {
    /// A short, stable name, such as `rate-limit`. The category serializes as this name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Token => "token",
            Self::RateLimit => "rate-limit",
            Self::Quota => "quota",
            Self::Argument => "argument",
            Self::Request => "request",
            Self::Credentials => "credentials",
            Self::Permission => "permission",
            Self::Unknown => "unknown",
        }
    }

    /// What to do next, in a short phrase.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Busy => "try again in a few seconds, at most a few times",
            Self::Token => "get a new access token and try once more",
            Self::RateLimit => "wait about a minute before the next call",
            Self::Quota => "wait until tomorrow, or raise the quota in the account's console",
            Self::Argument => "check the media id: it must be a permanent asset of this account",
            Self::Request => "WeChat received a malformed request: check proxies or gateways in between",
            Self::Credentials => "check the app id, the app secret and the account's IP allowlist",
            Self::Permission => "check the permissions in the account's console",
            Self::Unknown => "look the code up in WeChat's list of return codes",
        }
    }
}

impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl ErrorCode {
    /// The category of a refusal with this code, if the call carried an access token: for a call that was made with another
    /// HTTP client. For a [`Fault`](super::Fault), use [`Fault::category`](super::Fault::category), which also knows the
    /// calls that obtain a token.
    ///
    /// ```
    /// # use wechat_material::{Category, ErrorCode};
    /// assert_eq!(ErrorCode(42001).category(), Category::Token);
    /// ```
    pub fn category(self) -> Category {
        self.row().map_or(Category::Unknown, |(_, category, _)| *category)
    }

    /// The meaning, in a short phrase; `None` if the code is not in the table.
    pub fn meaning(self) -> Option<&'static str> {
        self.row().map(|(_, _, meaning)| *meaning)
    }

    fn row(self) -> Option<&'static (Self, Category, &'static str)> {
        TABLE.iter().find(|(code, _, _)| *code == self)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Defines a constant and a row of the table for each code.
macro_rules! codes {
    ($($name:ident = $code:literal, $category:ident, $meaning:literal;)*) => {
        impl ErrorCode {
            $(#[doc = concat!("`", $code, "`: ", $meaning, ".")] pub const $name: Self = Self($code);)*
        }

        const TABLE: &[(ErrorCode, Category, &str)] =
            &[$((ErrorCode::$name, Category::$category, $meaning),)*];
    };
}

codes! {
    SYSTEM_BUSY = -1, Busy, "the system is busy";
    SYSTEM_FAILURE = -1000, Busy, "the system failed";
    SYSTEM_ERROR = 61450, Busy, "the system had an error";

    INVALID_CREDENTIAL = 40001, Token, "the access token is wrong or no longer the latest";
    INVALID_ACCESS_TOKEN = 40014, Token, "the access token is malformed";
    ACCESS_TOKEN_EXPIRED = 42001, Token, "the access token has expired";

    MINUTE_RATE_LIMIT = 45011, RateLimit, "too many calls this minute";
    DAILY_QUOTA = 45009, Quota, "the daily quota is used up";

    INVALID_MEDIA_TYPE = 40004, Argument, "the asset's type is not accepted";
    INVALID_MEDIA_ID = 40007, Argument, "no permanent asset has this media id";
    MEDIA_ID_MISSING = 41006, Argument, "the media id is missing";
    MEDIA_NOT_FOUND = 46001, Argument, "the asset does not exist";

    INVALID_GRANT_TYPE = 40002, Request, "the grant type is not accepted";
    ACCESS_TOKEN_MISSING = 41001, Request, "the access token is missing";
    APP_ID_MISSING = 41002, Request, "the app id is missing";
    APP_SECRET_MISSING = 41004, Request, "the app secret is missing";
    POST_REQUIRED = 43002, Request, "the call must be a POST";
    EMPTY_POST_BODY = 44002, Request, "the body of the POST is empty";
    INVALID_BODY = 47001, Request, "the body is not the JSON that the call expects";

    INVALID_APP_ID = 40013, Credentials, "the app id is wrong";
    INVALID_APP_SECRET = 40125, Credentials, "the app secret is wrong";
    ADDRESS_NOT_LISTED = 40164, Credentials, "the caller's IP address is not on the account's allowlist";
    APP_SECRET_FROZEN = 40243, Credentials, "the app secret is frozen";
    ADDRESS_NEEDS_CONSENT = 89503, Credentials, "an administrator must confirm the caller's address";
    ADDRESS_REFUSED_FOR_A_DAY = 89506, Credentials, "an administrator refused the caller's address: blocked for a day";
    ADDRESS_REFUSED_FOR_AN_HOUR = 89507, Credentials, "an administrator refused the caller's address: blocked for an hour";

    GRANT_LAPSED = 42007, Permission, "the account's grant lapsed because its password was changed";
    API_UNAUTHORIZED = 48001, Permission, "the account may not use this API";
    API_FORBIDDEN = 48004, Permission, "the API is blocked for this account";
    USER_LIMITED = 50002, Permission, "the account is restricted";
    SERVICE_FORBIDDEN = 50004, Permission, "the account may not use this service";
    ACCOUNT_FROZEN = 50007, Permission, "the account is frozen";
    API_NOT_GRANTED = 61007, Permission, "the account has not granted this API to the calling platform";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_table_once() {
        let mut codes: Vec<_> = TABLE.iter().map(|row| row.0).collect();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
    }

    #[test]
    fn an_unlisted_code_is_unknown_and_keeps_its_number() {
        let code = ErrorCode(9_999_999);
        assert_eq!((code.category(), code.meaning()), (Category::Unknown, None));
        assert_eq!(code.to_string(), "9999999");
    }
}
