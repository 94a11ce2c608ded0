//! Calls of one attempt, with a response that arrives in chunks.

use wechat_material::driver::{Action, Call, Feed, Moment, OpenFile, Received, TokenCache};
use wechat_material::http::Response;
use wechat_material::{
    Access, AccessToken, ApiError, CallError, ClientConfig, ClientError, Endpoint, FileInfo, ParseOptions,
    Parsed, RetryPolicy,
};

/// Drives a call like a driver, with a sink that can rewind.
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
    let config = config(options);
    let now = Moment::default();
    let mut tokens = tokens();
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
                assert!(!sink.is_empty(), "the sink was already empty");
                sink.clear();
                call.handle_rewound(now);
            }
            Action::Finish => break,
            other => panic!("{other:?} after the only attempt"),
        }
    }
    call.finish().map_err(|error| api_error(error, 0))
}

/// Drives a call like a driver that opens a file, and reads the rest of the file into a sink. If the length of the file was
/// not announced, it is filled in afterwards.
pub(super) fn open<'b, E>(
    endpoint: &E,
    options: &ParseOptions,
    response: &Response<Vec<u8>>,
    mut chunks: impl Iterator<Item = &'b [u8]>,
    sink: &mut Vec<u8>,
) -> Result<Parsed<E::Output<FileInfo>>, ApiError>
where
    E: Endpoint<Target = Access>,
{
    let config = config(options);
    let now = Moment::default();
    let mut tokens = tokens();
    let mut call = Call::<E, FileInfo>::opening(endpoint, &config, 0, now);
    assert!(matches!(call.poll(&mut tokens, now), Action::Send { .. }), "there is a token");
    let (head, ()) = response.clone().map(drop).into_parts();
    call.handle_head(head, now);
    while call.is_receiving() {
        let fed = match chunks.next() {
            Some(chunk) => call.handle_chunk(chunk, now),
            None => call.handle_end(now),
        };
        assert!(fed == Feed::Held, "bytes were returned before the file was opened");
    }
    let is_open = match call.poll(&mut tokens, now) {
        Action::Opened => true,
        Action::Finish => false,
        other => panic!("{other:?} after the only attempt"),
    };
    let mut opened = None;
    let make = |file: OpenFile| {
        let mut info = file.info().clone();
        info.length = info.length.or(Some(response.body().len() as u64));
        opened = Some(file);
        info
    };
    call.handle_open(make, now);
    let parsed = call.finish();
    let Some(mut file) = opened else {
        assert!(!is_open, "a file was announced but not returned");
        return parsed.map_err(|error| api_error(error, 0));
    };
    sink.extend(file.take_first_bytes());
    let mut read = || {
        while file.is_receiving() {
            match chunks.next() {
                Some(chunk) => sink.extend(file.handle_chunk(chunk, now)?),
                None => file.handle_end(now)?,
            }
        }
        Ok(())
    };
    let read = read();
    match (parsed, read) {
        (Ok(parsed), Ok(())) => Ok(parsed),
        (Ok(_), Err(error)) => Err(api_error(error, sink.len() as u64)),
        // The endpoint refuses every file.
        (Err(error), _) => Err(api_error(error, 0)),
    }
}

/// A token that no response contains. Errors leave out text that repeats the token.
fn tokens() -> TokenCache {
    TokenCache::fixed(AccessToken::new("81_CANARY".repeat(500)))
}

fn config(options: &ParseOptions) -> ClientConfig {
    let mut config = ClientConfig::default();
    config.retry = RetryPolicy::never();
    config.options = options.clone();
    config
}

/// Returns the verdict from the error of the only attempt. Checks that the sink holds this many bytes.
fn api_error(error: ClientError, expected: u64) -> ApiError {
    match error {
        ClientError::Call { cause, attempts: 1, renewed: false, written, .. } if written == expected => {
            match *cause {
                CallError::Api(error) => error,
                other => panic!("{other}"),
            }
        }
        other => panic!("{other:?}"),
    }
}

fn write(feed: Feed<'_>, sink: &mut Vec<u8>) {
    if let Feed::File { held, chunk } = feed {
        sink.extend(held);
        sink.extend(chunk);
    }
}
