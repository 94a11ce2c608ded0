//! One attempt of a call, with a response that arrives in chunks.

use wechat_material::driver::{Action, Call, Feed, Moment, Received, TokenCache};
use wechat_material::http::Response;
use wechat_material::{
    Access, AccessToken, ApiError, CallError, ClientConfig, ClientError, Endpoint, ParseOptions, Parsed,
    RetryPolicy,
};

/// Does what a driver would do, with a sink that can take back what it holds.
pub(super) fn stream<'b, E, F>(
    endpoint: &E,
    options: &ParseOptions,
    response: &Response<Vec<u8>>,
    chunks: impl Iterator<Item = &'b [u8]>,
    sink: &mut Vec<u8>,
) -> Result<Parsed<E::Output<F>>, ApiError>
where
    E: Endpoint<Target = Access>,
    F: Received,
{
    let mut config = ClientConfig::default();
    config.retry = RetryPolicy::never();
    config.options = options.clone();
    let now = Moment::default();
    let mut tokens = TokenCache::fixed(AccessToken::new("CANARY"));
    let mut call = Call::<E, F>::new(endpoint, &config, 0, now);
    assert!(matches!(call.poll(&mut tokens, now), Action::Send { .. }), "there is a token");

    let (head, ()) = response.clone().map(drop).into_parts();
    call.handle_head(head, now);
    for chunk in chunks {
        if call.is_receiving() {
            write(call.handle_chunk(chunk, now), sink);
        }
    }
    if call.is_receiving() {
        write(call.handle_end(now), sink);
    }
    loop {
        match call.poll(&mut tokens, now) {
            Action::Rewind => {
                assert!(!sink.is_empty(), "there is nothing to take back");
                sink.clear();
                call.handle_rewound(now);
            }
            Action::Finish => break,
            other => panic!("{other:?} after the only attempt"),
        }
    }
    match call.finish() {
        Ok(parsed) => Ok(parsed),
        Err(ClientError::Call { source, attempts: 1, renewed: false, written: 0, .. }) => match *source {
            CallError::Api(error) => Err(error),
            other => panic!("{other}"),
        },
        Err(other) => panic!("{other}"),
    }
}

fn write(feed: Feed<'_>, sink: &mut Vec<u8>) {
    if let Feed::File { held, chunk } = feed {
        sink.extend(held);
        sink.extend(chunk);
    }
}
