//! What holds for every response, however it is cut into chunks.

use wechat_material::http::Response;
use wechat_material::http::response::Parts;
use wechat_material::{
    ApiError, Endpoint, Feed, FileInfo, GetMaterial, Limit, Material, ParseOptions, Parsed,
};

/// Receives a response in chunks of these lengths, over and over, and sees that it gets the verdict of the whole, and
/// of a file its very bytes and none too early. Under default options, strict ones and narrow limits.
///
/// # Panics
///
/// Where that is not so.
pub fn hold_in_chunks(response: &Response<Vec<u8>>, lengths: &[usize]) {
    let get = GetMaterial::new("MEDIA_ID");
    for options in super::every_options() {
        let whole = get.parse_with(&options, response.clone());
        let mut written = Vec::new();
        let (head, body) = response.clone().into_parts();
        let received = received(&get, &options, head, chunks(&body, lengths), &mut written);
        match (&whole, &received) {
            (Ok(whole), Ok(received)) => are_alike(whole, received, &written),
            (Err(whole), Err(received)) => {
                assert_eq!(format!("{whole:?}"), format!("{received:?}"), "another error");
                assert_eq!(whole.body(), received.body(), "an error keeps another body");
                is_of_a_file_or_nothing_was_written(whole, &written);
            }
            (whole, received) => panic!("whole {whole:?}, in chunks {received:?}"),
        }
    }
}

/// What comes of a response in chunks of these lengths, over and over, under default options.
///
/// # Errors
///
/// Those of [`Receiver`](wechat_material::Receiver).
pub fn received_in_chunks(response: &Response<Vec<u8>>, lengths: &[usize]) -> Received {
    let (head, body) = response.clone().into_parts();
    let chunks = chunks(&body, lengths);
    received(&GetMaterial::new("MEDIA_ID"), &ParseOptions::default(), head, chunks, &mut Vec::new())
}

type Received = Result<Parsed<Material<FileInfo>>, ApiError>;

/// Does what a caller would do, and writes what a caller would write.
fn received<'c>(
    get: &GetMaterial,
    options: &ParseOptions,
    head: Parts,
    chunks: impl Iterator<Item = &'c [u8]>,
    written: &mut Vec<u8>,
) -> Received {
    let mut receiver = get.receiver(options, head);
    for fed in chunks {
        if let Feed::File { held, chunk } = receiver.feed(fed)? {
            assert!(held.len() <= 4096, "too much was held of a file");
            assert_eq!((chunk.as_ptr(), chunk.len()), (fed.as_ptr(), fed.len()), "a chunk was copied");
            written.extend(held);
            written.extend(chunk);
        }
    }
    let (parsed, rest) = receiver.finish()?;
    assert!(rest.is_empty() || written.is_empty(), "bytes were left over behind those of a file");
    written.extend(rest);
    Ok(parsed)
}

/// A body in chunks of these lengths, over and over; without a length above 0, in one.
fn chunks<'b>(body: &'b [u8], lengths: &[usize]) -> impl Iterator<Item = &'b [u8]> {
    let lengths = if lengths.iter().all(|length| *length == 0) { &[usize::MAX] } else { lengths };
    let mut rest = body;
    lengths.iter().cycle().map_while(move |length| {
        let (chunk, behind) = rest.split_at(rest.len().min(*length));
        let is_over = rest.is_empty();
        rest = behind;
        (!is_over).then_some(chunk)
    })
}

fn are_alike(whole: &Parsed<Material>, received: &Parsed<Material<FileInfo>>, written: &[u8]) {
    assert_eq!((&whole.repairs, whole.evidence), (&received.repairs, received.evidence));
    match (&whole.output, &received.output) {
        (Material::File(file), Material::File(info)) => {
            assert_eq!(&file.info, info, "another file");
            assert_eq!(file.bytes, written, "other bytes");
        }
        (Material::News(whole), Material::News(received)) => assert_eq!(whole, received),
        (Material::Video(whole), Material::Video(received)) => assert_eq!(whole, received),
        (whole, received) => panic!("whole {whole:?}, in chunks {received:?}"),
    }
    assert!(written.is_empty() || matches!(whole.output, Material::File(_)), "JSON was written");
}

fn is_of_a_file_or_nothing_was_written(error: &ApiError, written: &[u8]) {
    let is_of_a_file = matches!(error, ApiError::Length { .. } | ApiError::TooLarge { of: Limit::File, .. });
    assert!(is_of_a_file || written.is_empty(), "bytes were written of what is no file");
}
