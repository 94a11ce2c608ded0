//! A chain of causes that `anyhow` prints contains every cause exactly once.

use std::io;
use std::net::TcpListener;

use anyhow::Context;
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, BaseUrl, ClientError, Credentials, FailureKind, RetryPolicy, TransportError, TransportFn,
};
use wechat_material_client::blocking::{Client, TokenSource};
use wechat_material_reqwest::ReqwestTransport;
use wechat_material_ureq::UreqTransport;

#[derive(Debug, thiserror::Error)]
#[error("no connection to the server: check the network")]
struct NoConnection(#[source] io::Error);

fn unreachable(_: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
    Err(TransportError::new(FailureKind::Final, NoConnection(io::Error::other("the cable is cut"))))
}

fn refused() -> Response<Vec<u8>> {
    Response::new(br#"{"errcode":40125,"errmsg":"CANARY"}"#.to_vec())
}

/// Prints an error on one line, and on several lines.
fn printed(error: ClientError) -> (String, String) {
    let error = Err::<(), _>(error).context("the backup failed").unwrap_err();
    // Removes the backtrace, which may be switched on.
    let lines = format!("{error:?}");
    (format!("{error:#}"), lines.split("\n\nStack backtrace").next().unwrap_or_default().to_owned())
}

#[test]
fn a_chain_repeats_nothing_and_leaves_nothing_out() {
    let client =
        Client::builder(TokenSource::fixed(AccessToken::new("81_Zx3")), TransportFn::new(unreachable))
            .retry(RetryPolicy::never())
            .build();
    let (line, lines) = printed(client.get_material("M").unwrap_err());
    let message = "get_material failed: no connection to the server: check the network";
    assert_eq!(line, format!("the backup failed: {message}: the cable is cut"));
    assert_eq!(lines, format!("the backup failed\n\nCaused by:\n    0: {message}\n    1: the cable is cut"));

    let client = Client::builder(
        Credentials::new("wx0", "5ec2e7"),
        TransportFn::new(|_| Ok::<_, TransportError>(refused())),
    )
    .build();
    let (line, lines) = printed(client.count_materials().unwrap_err());
    let message = "no access token: stable_token failed: WeChat refused the call with errcode 40125: the app secret is \
                wrong; check the app id, the app secret and the account's IP allowlist";
    assert_eq!(line, format!("the backup failed: {message}"));
    assert_eq!(lines, format!("the backup failed\n\nCaused by:\n    {message}"));
}

#[test]
fn a_chain_of_a_refused_connection_repeats_nothing() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base = || BaseUrl::new(&format!("http://{address}")).unwrap();
    let token = || AccessToken::new("81_Zx3");
    let over_ureq = Client::builder(TokenSource::fixed(token()), UreqTransport::new())
        .base_url(base())
        .retry(RetryPolicy::never())
        .build()
        .get_material("M");
    let client = wechat_material_client::Client::builder(
        wechat_material_client::TokenSource::fixed(token()),
        ReqwestTransport::new(),
    )
    .base_url(base())
    .retry(RetryPolicy::never())
    .build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for got in [over_ureq, runtime.block_on(client.get_material("M"))] {
        let error = anyhow::Error::from(got.unwrap_err());
        let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
        assert!(
            causes[0].starts_with("get_material failed: no connection to the server: check "),
            "{causes:?}"
        );
        assert!(causes.last().is_some_and(|cause| cause.contains("refused")), "{causes:?}");
        for (at, cause) in causes.iter().enumerate() {
            assert!(!causes[..at].iter().any(|before| before.contains(cause)), "{causes:?}");
        }
        println!("{error:#}");
    }
}
