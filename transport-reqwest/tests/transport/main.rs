//! The transport over real sockets: timeouts, the ends of bodies, TLS, proxies and limits.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::iter;
use std::net::SocketAddr;

use wechat_material::driver::{AsyncBody, Feed};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, ApiError, AsyncTransport, BaseUrl, Endpoint, FailureKind, FileInfo, GetMaterial,
    Material, ParseOptions, TransportError,
};
use wechat_material_reqwest::{ReqwestError, ReqwestTransport, ReqwestTransportBuilder};

mod addresses;
mod endings;
mod proxies;
mod server;
mod settings;
mod timeouts;
#[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
mod tls;

/// The token in the URL of every request. It must not be printed.
const TOKEN: &str = "CANARY";
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0";

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A builder with a crypto provider, even if the features select none.
fn builder() -> ReqwestTransportBuilder {
    let builder = ReqwestTransport::builder();
    #[cfg(all(feature = "rustls-no-provider", not(any(feature = "rustls", feature = "ring"))))]
    let builder = builder.crypto_provider(rustls::crypto::aws_lc_rs::default_provider().into());
    builder
}

fn access(base: &str) -> Access {
    Access::with_base_url(&AccessToken::new(TOKEN), base.parse::<BaseUrl>().unwrap())
}

fn get(address: SocketAddr) -> Request<Vec<u8>> {
    GetMaterial::new("M").to_request(&access(&format!("http://{address}"))).unwrap()
}

/// The transport's own error.
fn own(error: &TransportError) -> &ReqwestError {
    let error: &(dyn Error + 'static) = error.get_ref();
    error.downcast_ref().expect("an error of this transport")
}

/// The texts of an error and its causes. Fails if one of them repeats another.
#[track_caller]
fn printed(error: &(dyn Error + 'static)) -> String {
    let chain: Vec<_> = iter::successors(Some(error), |error| (*error).source()).collect();
    let texts: Vec<_> = chain.iter().map(ToString::to_string).collect();
    for (at, cause) in texts.iter().enumerate() {
        assert!(!texts[..at].iter().any(|before| before.contains(cause)), "repeated: {texts:?}");
    }
    chain.iter().map(|error| format!("{error} {error:?}\n")).collect()
}

async fn chunk(body: &mut AsyncBody) -> Option<Result<Vec<u8>, TransportError>> {
    let frame = poll_fn(|context| body.as_mut().poll_frame(context)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap_or_default().to_vec()))
}

/// The rest of a body, or the error with which it breaks off.
async fn rest(body: &mut AsyncBody) -> Result<Vec<u8>, TransportError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = chunk(body).await {
        bytes.extend(chunk?);
    }
    Ok(bytes)
}

#[derive(Debug)]
enum Failed {
    Transport(TransportError),
    Api(ApiError),
}

/// Downloads a file as a client does.
async fn download(
    transport: &ReqwestTransport,
    request: Request<Vec<u8>>,
) -> Result<(FileInfo, Vec<u8>), Failed> {
    let response: Response<AsyncBody> = transport.send_streaming(request).await.map_err(Failed::Transport)?;
    let (head, mut body) = response.into_parts();
    let endpoint = GetMaterial::new("M");
    let mut receiver = endpoint.receiver(&ParseOptions::default(), head);
    let mut bytes = Vec::new();
    while let Some(next) = chunk(&mut body).await {
        let next = next.map_err(Failed::Transport)?;
        if let Feed::File { held, chunk } = receiver.feed(&next).map_err(Failed::Api)? {
            bytes.extend(held);
            bytes.extend(chunk);
        }
    }
    let (parsed, rest) = receiver.finish().map_err(Failed::Api)?;
    bytes.extend(rest);
    match parsed.output {
        Material::File(info) => Ok((info, bytes)),
        other => panic!("not a file: {other:?}"),
    }
}

/// Checks that the request fails with this kind, whether it is sent as a whole or streamed.
#[track_caller]
fn assert_fails(kind: FailureKind, transport: &ReqwestTransport, request: &Request<Vec<u8>>) {
    run(async {
        let whole = transport.send(request.clone()).await.unwrap_err();
        assert_eq!(whole.kind(), kind, "{whole:?}");
        match download(transport, request.clone()).await {
            Err(Failed::Transport(streamed)) => assert_eq!(streamed.kind(), kind, "{streamed:?}"),
            other => panic!("streamed: {other:?}"),
        }
    });
}
