//! The properties of every response that arrives in chunks.

use wechat_material::driver::Feed;
use wechat_material::http::Response;
use wechat_material::{
    ApiError, CountMaterials, Endpoint, Expect, File, FileInfo, GetMaterial, Limit, Material, MaterialCounts,
    ParseOptions, Parsed,
};

use super::calls;
use super::response::all_options;

/// Receives a response in chunks, and checks that the result is the same as for the whole response.
///
/// The lengths of the chunks are repeated until the end of the body. The verdict must be the same, and the bytes of a file
/// must be the same and must not be returned too early. The response is received through
/// [`Receiver`](wechat_material::driver::Receiver), and through a [`Call`](wechat_material::driver::Call) that streams,
/// collects or opens the file. It is received as the answer to `get_material` with default options, strict options and narrow
/// limits, and as the answer of an endpoint that never answers with a file.
///
/// # Panics
///
/// Panics if the result differs.
pub fn check_response_in_chunks(response: &Response<Vec<u8>>, lengths: &[usize]) {
    let get = GetMaterial::new("MEDIA_ID");
    for options in all_options() {
        check_endpoint(&get, &options, response, lengths, check_material);
    }
    let options = ParseOptions::default();
    let alike = |whole: &MaterialCounts, received: &MaterialCounts, _: &[u8]| assert_eq!(whole, received);
    check_endpoint(&CountMaterials, &options, response, lengths, alike);
}

/// Receives a response to `get_material` in chunks with default options. The lengths are repeated until the end of the body.
///
/// # Errors
///
/// Returns the errors of [`Receiver`](wechat_material::driver::Receiver).
pub fn receive_in_chunks(
    response: &Response<Vec<u8>>,
    lengths: &[usize],
) -> Result<Parsed<Material<FileInfo>>, ApiError> {
    receive(&GetMaterial::new("MEDIA_ID"), &ParseOptions::default(), response, lengths, &mut Vec::new())
}

/// `alike` compares the output of the whole response, the received output, and the written bytes.
fn check_endpoint<E: Endpoint<Target = wechat_material::Access>>(
    endpoint: &E,
    options: &ParseOptions,
    response: &Response<Vec<u8>>,
    lengths: &[usize],
    alike: impl Fn(&E::Output<File>, &E::Output<FileInfo>, &[u8]),
) where
    E::Output<File>: PartialEq + std::fmt::Debug,
{
    let whole = endpoint.parse_with(options, response.clone());
    let mut written = Vec::new();
    let received = receive(endpoint, options, response, lengths, &mut written);
    check_alike(&whole, &received, |whole, received| alike(whole, received, &written));
    if let Err(error) = &whole {
        let is_of_a_file = match error {
            ApiError::Length { .. } | ApiError::TooLarge { of: Limit::File, .. } => true,
            ApiError::Shape { .. } => endpoint.expect() == Expect::Json,
            _ => false,
        };
        assert!(is_of_a_file || written.is_empty(), "bytes were written that are not a file");
    }

    written.clear();
    let streamed = calls::stream(endpoint, options, response, chunks(response.body(), lengths), &mut written);
    check_alike(&whole, &streamed, |whole, streamed| alike(whole, streamed, &written));
    assert!(streamed.is_ok() || written.is_empty(), "the sink still holds bytes of a failed download");

    // An endpoint that refuses files does so at their first bytes, before other errors can be found.
    if endpoint.expect() == Expect::File {
        written.clear();
        let opened = calls::open(endpoint, options, response, chunks(response.body(), lengths), &mut written);
        check_alike(&whole, &opened, |whole, opened| alike(whole, opened, &written));
    }

    let collected =
        calls::stream(endpoint, options, response, chunks(response.body(), lengths), &mut Vec::new());
    check_alike(&whole, &collected, |whole, collected| assert_eq!(whole, collected, "a different answer"));
}

/// Receives and writes a response like a caller.
fn receive<E: Endpoint>(
    endpoint: &E,
    options: &ParseOptions,
    response: &Response<Vec<u8>>,
    lengths: &[usize],
    written: &mut Vec<u8>,
) -> Result<Parsed<E::Output<FileInfo>>, ApiError> {
    let (head, body) = response.clone().into_parts();
    let mut receiver = endpoint.receiver(options, head);
    for fed in chunks(&body, lengths) {
        if let Feed::File { held, chunk } = receiver.feed(fed)? {
            assert!(held.len() <= 4096, "too much was held of a file");
            assert_eq!((chunk.as_ptr(), chunk.len()), (fed.as_ptr(), fed.len()), "a chunk was copied");
            written.extend(held);
            written.extend(chunk);
        }
    }
    let (parsed, rest) = receiver.finish()?;
    assert!(
        rest.is_empty() || written.is_empty(),
        "bytes of a file were held after earlier ones were returned"
    );
    written.extend(rest);
    Ok(parsed)
}

/// Splits a body into chunks. The lengths are repeated. If none is above 0, there is one chunk.
fn chunks<'b>(body: &'b [u8], lengths: &[usize]) -> impl Iterator<Item = &'b [u8]> {
    let lengths = if lengths.iter().all(|length| *length == 0) { &[usize::MAX] } else { lengths };
    let mut rest = body;
    lengths.iter().cycle().map_while(move |length| {
        let (chunk, after) = rest.split_at(rest.len().min(*length));
        let is_over = rest.is_empty();
        rest = after;
        (!is_over).then_some(chunk)
    })
}

fn check_alike<W, R>(
    whole: &Result<Parsed<W>, ApiError>,
    received: &Result<Parsed<R>, ApiError>,
    alike: impl Fn(&W, &R),
) {
    match (whole, received) {
        (Ok(whole), Ok(received)) => {
            assert_eq!((&whole.repairs, whole.evidence), (&received.repairs, received.evidence));
            alike(&whole.output, &received.output);
        }
        (Err(whole), Err(received)) => {
            assert_eq!(format!("{whole:?}"), format!("{received:?}"), "a different error");
            assert_eq!(whole.body(), received.body(), "an error with a different body");
        }
        (Ok(_), Err(error)) => panic!("refused in chunks only: {error}"),
        (Err(error), Ok(_)) => panic!("accepted in chunks, refused as a whole: {error}"),
    }
}

fn check_material(whole: &Material, received: &Material<FileInfo>, written: &[u8]) {
    match (whole, received) {
        (Material::File(file), Material::File(info)) => {
            assert_eq!(&file.info, info, "a different file");
            assert_eq!(file.bytes, written, "different bytes");
        }
        (Material::News(whole), Material::News(received)) => assert_eq!(whole, received),
        (Material::Video(whole), Material::Video(received)) => assert_eq!(whole, received),
        (whole, received) => panic!("whole {whole:?}, in chunks {received:?}"),
    }
    assert!(written.is_empty() || matches!(whole, Material::File(_)), "JSON was written");
}
