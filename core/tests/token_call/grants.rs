//! The ways to obtain a token.

use wechat_material::driver::{Lease, TokenCache, TokenGrant};
use wechat_material::http::Method;
use wechat_material::{AccessToken, BaseUrl, ClientConfig, IssuedToken, RetryPolicy};

use crate::{
    MINUTE, NANOSECOND, START, Script, Step, credentials, is_forced, issued, just_under, refused, stable,
    token_response, under,
};

#[test]
fn the_stable_token_is_obtained_with_a_post_to_the_base_url_of_the_client() {
    let config = ClientConfig::new(BaseUrl::new("http://127.0.0.1:8080/wechat").unwrap());
    let mut script = Script::begun(TokenCache::default(), stable(), &config, START);
    let request = script.request();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "http://127.0.0.1:8080/wechat/cgi-bin/stable_token");
    assert!(!is_forced(&request));
    assert_eq!(script.call.renewal().unwrap().id(), script.id);
    assert_eq!(script.answered(token_response("81_Zx3")), Step::Finish);
    assert!(script.call.renewal().is_none() && script.tokens.renewal().is_none());
    assert_eq!(script.token(), "81_Zx3");
    assert_eq!(script.poll(), Step::Finish);
}

#[test]
fn the_classic_token_is_obtained_with_a_get() {
    let grant = TokenGrant::Classic(credentials());
    let mut script = Script::begun(TokenCache::default(), grant, &ClientConfig::default(), START);
    let request = script.request();
    assert_eq!(request.method(), Method::GET);
    assert_eq!(request.uri().path(), "/cgi-bin/token");
    assert_eq!(script.answered(token_response("81_Zx3")), Step::Finish);
    assert_eq!(script.token(), "81_Zx3");
}

#[test]
fn the_drivers_own_source_gets_the_refused_token() {
    let config = under(&RetryPolicy::default());
    let mut script = Script::begun(refused("old"), TokenGrant::Own, &config, START);
    assert_eq!(script.poll(), Step::Obtain);
    let renewal = script.call.renewal().unwrap();
    assert_eq!(renewal.refused().unwrap().expose(), "old");
    assert!(!renewal.is_forced());
    assert_eq!(script.issued(Ok(issued("new"))), Step::Finish);
    assert_eq!(script.token(), "new");
    assert_eq!(script.attempts, 0);
}

#[test]
fn the_drivers_own_source_is_not_retried() {
    let config = under(&RetryPolicy::default());
    let mut script = Script::begun(TokenCache::default(), TokenGrant::Own, &config, START);
    assert_eq!(script.poll(), Step::Obtain);
    assert_eq!(script.issued(Err("the vault is sealed")), Step::Finish);
    script.assert_failed("the vault is sealed");
    assert_eq!(script.code(), None);
}

#[test]
fn a_missing_life_is_two_hours() {
    let config = under(&RetryPolicy::default());
    let mut script = Script::begun(TokenCache::default(), TokenGrant::Own, &config, START);
    assert_eq!(script.poll(), Step::Obtain);
    let token = IssuedToken::new(AccessToken::new("own"), None);
    assert_eq!(script.issued(Ok(token)), Step::Finish);
    assert_eq!(script.later(just_under(117 * MINUTE)).token(), "own");
    script.later(NANOSECOND);
    assert!(matches!(script.tokens.lease(script.now), Lease::Renew));
}
