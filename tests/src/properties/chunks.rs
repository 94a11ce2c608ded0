//! What holds for every response, however it is cut into chunks.

use wechat_material::driver::Feed;
use wechat_material::http::Response;
use wechat_material::{
    ApiError, CountMaterials, Endpoint, Expect, File, FileInfo, GetMaterial, Limit, Material, MaterialCounts,
    ParseOptions, Parsed,
};

use super::calls;
use super::response::all_options;

/// Receives a response in chunks of these lengths, over and over, and checks that the verdict is that of the whole, and
/// that of a file the very bytes are handed on, none of them too early: through
/// [`Receiver`](wechat_material::driver::Receiver), and through a [`Call`](wechat_material::driver::Call) that streams, keeps
/// or opens the file. It is received as
/// the answer to `get_material`, under the default options, strict ones and narrow limits, and as that of an endpoint which
/// never answers with a file.
///
/// # Panics
///
/// If that is not so.
pub fn check_response_in_chunks(response: &Response<Vec<u8>>, lengths: &[usize]) {
    let get = GetMaterial::new("MEDIA_ID");
    for options in all_options() {
        check_endpoint(&get, &options, response, lengths, check_material);
    }
    let options = ParseOptions::default();
    let alike = |whole: &MaterialCounts, received: &MaterialCounts, _: &[u8]| assert_eq!(whole, received);
    check_endpoint(&CountMaterials, &options, response, lengths, alike);
}

/// Receives a response to `get_material` in chunks of these lengths, over and over, under the default options.
///
/// # Errors
///
/// Those of [`Receiver`](wechat_material::driver::Receiver).
pub fn receive_in_chunks(
    response: &Response<Vec<u8>>,
    lengths: &[usize],
) -> Result<Parsed<Material<FileInfo>>, ApiError> {
    receive(&GetMaterial::new("MEDIA_ID"), &ParseOptions::default(), response, lengths, &mut Vec::new())
}

/// `alike` compares what was read of the whole, what was received, and the bytes that were written.
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
        assert!(is_of_a_file || written.is_empty(), "bytes were written of what is not a file");
    }

    written.clear();
    let streamed = calls::stream(endpoint, options, response, chunks(response.body(), lengths), &mut written);
    check_alike(&whole, &streamed, |whole, streamed| alike(whole, streamed, &written));
    assert!(streamed.is_ok() || written.is_empty(), "the sink still holds bytes of a failed download");

    // An endpoint that refuses files does so at their first bytes, and cannot see what else is wrong.
    if endpoint.expect() == Expect::File {
        written.clear();
        let opened = calls::open(endpoint, options, response, chunks(response.body(), lengths), &mut written);
        check_alike(&whole, &opened, |whole, opened| alike(whole, opened, &written));
    }

    let kept = calls::stream(endpoint, options, response, chunks(response.body(), lengths), &mut Vec::new());
    check_alike(&whole, &kept, |whole, kept| assert_eq!(whole, kept, "another answer"));
}

/// Does what a caller would do, and writes what a caller would write.
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
    assert!(rest.is_empty() || written.is_empty(), "bytes of a file were held back after others");
    written.extend(rest);
    Ok(parsed)
}

/// A body in chunks of these lengths, over and over; in one chunk if no length is above 0.
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
            assert_eq!(format!("{whole:?}"), format!("{received:?}"), "another error");
            assert_eq!(whole.body(), received.body(), "an error keeps another body");
        }
        (Ok(_), Err(error)) => panic!("in chunks it is refused: {error}"),
        (Err(error), Ok(_)) => panic!("in chunks it is accepted; whole, it is refused: {error}"),
    }
}

fn check_material(whole: &Material, received: &Material<FileInfo>, written: &[u8]) {
    match (whole, received) {
        (Material::File(file), Material::File(info)) => {
            assert_eq!(&file.info, info, "another file");
            assert_eq!(file.bytes, written, "other bytes");
        }
        (Material::News(whole), Material::News(received)) => assert_eq!(whole, received),
        (Material::Video(whole), Material::Video(received)) => assert_eq!(whole, received),
        (whole, received) => panic!("whole {whole:?}, in chunks {received:?}"),
    }
    assert!(written.is_empty() || matches!(whole, Material::File(_)), "JSON was written");
}
