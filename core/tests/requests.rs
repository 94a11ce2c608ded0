//! Requests: method, URL, headers and body.

use wechat_material::driver::Redacted;
use wechat_material::http::{Method, Request};
use wechat_material::{
    Access, AccessToken, BaseUrl, BuildError, CountMaterials, Credentials, Endpoint, Expect, GetMaterial,
    ListMaterials, MaterialType, StableToken, Token,
};

#[path = "judged/own.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod own;

use own::own;

fn access(token: &str) -> Access {
    Access::new(&AccessToken::new(token))
}

#[test]
fn get_material_is_a_post_of_json_with_the_token_in_the_query() {
    let request = GetMaterial::new("61224425").to_request(&access("81_Zx3")).unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri().to_string(),
        "https://api.weixin.qq.com/cgi-bin/material/get_material?access_token=81_Zx3"
    );
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["accept-encoding"], "identity");
    assert_eq!(request.body(), br#"{"media_id":"61224425"}"#);
}

#[test]
fn a_token_is_percent_encoded() {
    let uri = |token: &str| GetMaterial::new("id").to_request(&access(token)).unwrap().uri().to_string();
    assert!(uri("a#b&c%d+e f=中\"\0").ends_with("access_token=a%23b%26c%25d%2Be%20f%3D%E4%B8%AD%22%00"));
    assert!(uri("-._~").ends_with("access_token=-._~"));
}

#[test]
fn every_media_id_is_escaped_as_json() {
    for media_id in ["\"},{\"", "a\nb\r\0\\", "中文", &"x".repeat(1 << 20)] {
        let request = GetMaterial::new(media_id).to_request(&access("token")).unwrap();
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body, serde_json::json!({ "media_id": media_id }));
    }
}

#[test]
fn empty_and_overlong_arguments_are_refused() {
    let built =
        |media_id: &str, token: &str| GetMaterial::new(media_id).to_request(&access(token)).unwrap_err();
    assert!(matches!(built("", "token"), BuildError::EmptyMediaId));
    assert!(matches!(built("id", ""), BuildError::EmptyToken));
    let longest = 65_534 - "https://api.weixin.qq.com/cgi-bin/material/get_material?access_token=".len();
    assert!(GetMaterial::new("id").to_request(&access(&"x".repeat(longest))).is_ok());
    let error = built("id", &"x".repeat(longest + 1));
    assert!(matches!(error, BuildError::TooLong { length: 65_535, limit: 65_534 }), "{error}");
}

#[test]
fn a_path_cannot_change_where_a_call_goes() {
    for path in ["", "x", "@evil.example/", "?x", "/x#y", "/a b", "/中", "/\n"] {
        let error = access("token").post_json(path, &()).unwrap_err();
        assert!(matches!(error, BuildError::Path), "{path}");
    }
}

#[test]
fn requests_of_other_calls_have_their_parts_in_the_right_place() {
    let url = |request: Result<wechat_material::http::Request<Vec<u8>>, BuildError>| {
        let request = request.unwrap();
        assert_eq!(request.headers()["accept-encoding"], "identity");
        format!("{} {}", request.method(), request.uri())
    };
    let host = "https://api.weixin.qq.com";
    assert_eq!(url(access("t").get("/x")), format!("GET {host}/x?access_token=t"));
    assert_eq!(
        url(access("t").post_json("/x?type=image", &())),
        format!("POST {host}/x?type=image&access_token=t")
    );
    assert_eq!(url(BaseUrl::API.post_json("/x", &())), format!("POST {host}/x"));
    assert_eq!(url(BaseUrl::API.get("/x?appid=a")), format!("GET {host}/x?appid=a"));
}

#[test]
fn a_body_that_cannot_be_serialized_is_an_error_with_its_cause() {
    let keys_are_no_strings = std::collections::HashMap::from([(vec![1], 1)]);
    let error = access("token").post_json("/x", &keys_are_no_strings).unwrap_err();
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn base_urls_are_https_or_loopback() {
    for (url, base) in [
        ("https://api.weixin.qq.com", "https://api.weixin.qq.com"),
        ("https://proxy.example:8443/wechat//", "https://proxy.example:8443/wechat"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9/x", "http://127.9.9.9/x"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://LocalHost", "http://LocalHost"),
    ] {
        let base_url = BaseUrl::new(url).unwrap();
        assert_eq!(base_url.to_string(), base);
        let request = GetMaterial::new("id")
            .to_request(&Access::with_base_url(&AccessToken::new("t"), base_url))
            .unwrap();
        assert_eq!(request.uri().to_string(), format!("{base}/cgi-bin/material/get_material?access_token=t"));
    }
    for vendor in [BaseUrl::API, BaseUrl::API2, BaseUrl::SHANGHAI, BaseUrl::SHENZHEN, BaseUrl::HONG_KONG] {
        assert_eq!(vendor.to_string().parse::<BaseUrl>().unwrap(), vendor);
    }
}

#[test]
fn other_base_urls_are_refused_with_the_reason_and_not_printed() {
    for (url, problem) in [
        ("https://host?access_token=SECRET", "has a query"),
        ("https://host/?", "has a query"),
        ("https://host/#SECRET", "has a fragment"),
        ("https://user:SECRET@host", "has user info"),
        ("https://127.0.0.1@SECRET.example", "has user info"),
        ("http://api.weixin.qq.com", "unencrypted"),
        ("http://127.0.0.1.example", "unencrypted"),
        ("http://localhost.example", "unencrypted"),
        ("ftp://127.0.0.1", "scheme other than https"),
        ("https://", "is not a URL"),
        ("https://host:99999", "host or port"),
        ("https://host:", "host or port"),
        ("https://:443", "host or port"),
        ("https://ho st", "is not a URL"),
        ("api.weixin.qq.com", "no scheme"),
        ("/path", "no scheme"),
        ("", "is not a URL"),
    ] {
        let error = BaseUrl::new(url).unwrap_err().to_string();
        assert!(error.contains(problem) && !error.contains("SECRET"), "{url}: {error}");
    }
}

#[test]
fn types_that_contain_a_token_do_not_print_it() {
    let access = access("SECRET");
    assert!(!format!("{access:?}").contains("SECRET"));
}

#[test]
fn a_call_is_not_idempotent_by_default() {
    let own = own::<(), Access>();
    assert!(!own.is_idempotent());
    assert!(GetMaterial::new("id").is_idempotent());
    assert_eq!((own.subject(), GetMaterial::new("id").subject()), ("", "id"));
    assert_eq!(GetMaterial::new("id").media_id(), "id");
}

#[test]
fn a_call_expects_json_by_default() {
    assert_eq!(own::<(), Access>().expect(), Expect::Json);
    assert_eq!(GetMaterial::new("id").expect(), Expect::File);
    assert_eq!(CountMaterials.expect(), Expect::Json);
    assert_eq!(ListMaterials::new(MaterialType::News).expect(), Expect::Json);
}

#[test]
fn calls_are_named_after_their_path_and_own_endpoints_after_their_type() {
    let credentials = Credentials::new("wx0123456789abcdef", "secret");
    let access = Access::new(&AccessToken::new("81_Zx3"));
    let get = GetMaterial::new("id");
    let list = ListMaterials::new(MaterialType::News);
    let (stable, classic) = (StableToken::new(&credentials), Token::new(&credentials));
    for (name, request) in [
        (get.name(), get.to_request(&access)),
        (list.name(), list.to_request(&access)),
        (CountMaterials.name(), CountMaterials.to_request(&access)),
        (stable.name(), stable.to_request(&BaseUrl::API)),
        (classic.name(), classic.to_request(&BaseUrl::API)),
    ] {
        assert_eq!(request.unwrap().uri().path().rsplit('/').next(), Some(name));
    }
    // Without the parameters of a type.
    assert_eq!(own::<Vec<serde_json::Value>, Access>().name(), "Own");
}

#[test]
fn a_redacted_request_does_not_print_its_query() {
    let logged = |uri: &str| {
        let request = Request::get(uri).body(()).unwrap();
        Redacted(&request).to_string()
    };
    assert_eq!(logged("https://h.example:8443/a?access_token=x"), "GET https://h.example:8443/a?(redacted)");
    assert_eq!(logged("/a?access_token=x"), "GET /a?(redacted)");
    assert_eq!(logged("http://h.example"), "GET http://h.example/");
}
