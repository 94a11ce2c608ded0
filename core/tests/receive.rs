//! A response in chunks: which bytes are returned, when, and the verdict.

use wechat_material::driver::{Feed, Receiver};
use wechat_material::{ApiError, Endpoint, FileInfo, GetMaterial, Material, ParseOptions, Parsed};

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::{ATTACHMENT, FAULT, JPEG, NEWS, response};

type Finished = Result<(Parsed<Material<FileInfo>>, Vec<u8>), ApiError>;

type Get<'e> = Receiver<'e, GetMaterial>;

fn get() -> GetMaterial {
    GetMaterial::new("MEDIA_ID")
}

fn receiver_under<'e>(
    get: &'e GetMaterial,
    options: &ParseOptions,
    status: u16,
    headers: &[(&str, &str)],
) -> Get<'e> {
    get.receiver(options, response(status, headers, "").into_parts().0)
}

fn receiver<'e>(get: &'e GetMaterial, status: u16, headers: &[(&str, &str)]) -> Get<'e> {
    receiver_under(get, &ParseOptions::default(), status, headers)
}

#[track_caller]
fn holds(receiver: &mut Get<'_>, chunk: &[u8]) {
    assert_eq!(receiver.feed(chunk).unwrap(), Feed::Held);
}

/// Feeds a chunk, which must be returned together with the bytes that were held.
#[track_caller]
fn returns(receiver: &mut Get<'_>, held: &[u8], chunk: &[u8]) {
    assert_eq!(receiver.feed(chunk).unwrap(), Feed::File { held: held.to_vec(), chunk });
}

#[track_caller]
fn is_file(finished: Finished, length: u64, rest: &[u8]) {
    let (parsed, left) = finished.unwrap();
    let Material::File(info) = parsed.output else { panic!("not a file: {parsed:?}") };
    assert_eq!((info.length, &left[..]), (Some(length), rest));
}

#[track_caller]
fn is_error(finished: Finished, kind: &str) {
    assert_eq!(finished.unwrap_err().kind(), kind);
}

/// A picture of this many bytes.
fn picture(length: usize) -> Vec<u8> {
    JPEG.iter().copied().chain(std::iter::repeat(0)).take(length).collect()
}

#[test]
fn a_picture_is_returned_from_its_512th_byte() {
    let get = get();
    let mut receiver = receiver(&get, 200, &[]);
    let begun = picture(511);
    holds(&mut receiver, &begun[..11]);
    holds(&mut receiver, &begun[11..]);
    returns(&mut receiver, &begun, b"x");
    returns(&mut receiver, b"", b"and on");
    returns(&mut receiver, b"", &[7; 10_000]);
    is_file(receiver.finish(), 511 + 1 + 6 + 10_000, b"");
}

#[test]
fn a_chunk_that_is_long_enough_is_returned_at_once() {
    let get = get();
    let mut receiver = receiver(&get, 200, &[ATTACHMENT]);
    returns(&mut receiver, b"", &picture(512));
    is_file(receiver.finish(), 512, b"");
}

#[test]
fn a_file_that_ends_before_the_verdict_is_returned_at_the_end() {
    let get = get();
    for headers in [&[][..], &[ATTACHMENT]] {
        let mut receiver = receiver(&get, 200, headers);
        holds(&mut receiver, &picture(100));
        is_file(receiver.finish(), 100, &picture(100));
    }
    is_error(receiver(&get, 200, &[ATTACHMENT]).finish(), "empty");
}

#[test]
fn an_attachment_that_may_be_an_error_is_held_for_four_kibibytes() {
    let get = get();
    for begun in [&b"{"[..], b"\xEF\xBB\xBF\n {", b" ", b"\t{\"errcode\":1"] {
        let mut receiver = receiver(&get, 200, &[ATTACHMENT]);
        let held = [begun, &vec![b' '; 4096 - begun.len()]].concat();
        holds(&mut receiver, &held[..600]);
        holds(&mut receiver, &held[600..]);
        returns(&mut receiver, &held, b"}");
        is_file(receiver.finish(), 4097, b"");
    }
    let mut other = receiver(&get, 200, &[ATTACHMENT]);
    returns(&mut other, b"", &[b'['; 512]);
}

#[test]
fn an_error_in_an_attachment_is_an_error_up_to_four_kibibytes() {
    let get = get();
    for (length, expected) in [(FAULT.len(), "fault"), (4095, "fault"), (4096, "fault"), (4097, "file")] {
        let body = format!("{FAULT:<length$}");
        let mut receiver = receiver(&get, 200, &[ATTACHMENT]);
        let fed = receiver.feed(body.as_bytes()).unwrap();
        assert_eq!(matches!(fed, Feed::File { .. }), expected == "file", "{length}");
        match expected {
            "fault" => is_error(receiver.finish(), "fault"),
            _ => is_file(receiver.finish(), 4097, b""),
        }
    }
}

#[test]
fn json_is_held_to_its_end() {
    let get = get();
    let news = format!(r#"{{"news_item":[{{"title":"{}"}}]}}"#, "x".repeat(9000));
    let mut receiver = receiver(&get, 200, &[]);
    for chunk in news.as_bytes().chunks(1000) {
        holds(&mut receiver, chunk);
    }
    let (parsed, rest) = receiver.finish().unwrap();
    let Material::News(news) = parsed.output else { panic!("not news") };
    assert_eq!((news.articles[0].title.len(), rest.len()), (9000, 0));
}

#[test]
fn json_beyond_its_limit_fails_as_soon_as_the_excerpt_is_complete() {
    let get = get();
    for (limit, length, ends) in
        [(4095, 4096, false), (4095, 4097, true), (5000, 5000, false), (5000, 5001, true)]
    {
        let options = ParseOptions::default().max_json(limit);
        let mut receiver = receiver_under(&get, &options, 200, &[]);
        let body = format!("{NEWS:<length$}");
        assert_eq!(receiver.feed(body.as_bytes()).is_err(), ends, "{length} of {limit}");
        match receiver.finish() {
            Ok(_) => assert!(length as u64 <= limit),
            Err(error) => assert_eq!((error.kind(), error.body().len()), ("too-large", 4096)),
        }
    }
}

#[test]
fn a_response_that_is_not_an_answer_fails_when_more_bytes_would_change_nothing() {
    const GZIP: (&str, &str) = ("content-encoding", "gzip");
    let get = get();
    for (status, headers, kind) in [(502, &[][..], "status"), (200, &[GZIP], "encoded"), (200, &[], "text")] {
        let mut receiver = receiver(&get, status, headers);
        holds(&mut receiver, &[b'w'; 600]);
        holds(&mut receiver, &[b'w'; 4096 - 600]);
        let error = receiver.feed(b"w").unwrap_err();
        assert_eq!((error.kind(), error.body()), (kind, &[b'w'; 4096][..]));
    }
}

/// The number of bytes that arrived decides, so a whole response gets the same verdict: see `judgement.rs`.
#[test]
fn a_text_is_not_read_to_its_end_whatever_its_announced_length() {
    let get = get();
    for length in ["4097", "5000", "99999999999"] {
        let mut receiver = receiver(&get, 200, &[("content-type", "text/html"), ("content-length", length)]);
        holds(&mut receiver, &[b'w'; 4096]);
        let error = receiver.feed(b"w").unwrap_err();
        assert_eq!((error.kind(), error.body()), ("text", &[b'w'; 4096][..]));
        is_error(receiver.finish(), "text");
    }
    // The length of a shorter text is checked.
    for (announced, kind) in [("4096", "text"), ("4095", "length"), ("4097", "length")] {
        let mut receiver = receiver(&get, 200, &[("content-length", announced)]);
        holds(&mut receiver, &[b'w'; 4096]);
        is_error(receiver.finish(), kind);
    }
}

#[test]
fn a_wrong_length_fails_at_the_end_and_a_length_beyond_the_limit_at_once() {
    let get = get();
    let mut cut = receiver(&get, 200, &[("content-length", "601")]);
    returns(&mut cut, b"", &picture(600));
    is_error(cut.finish(), "length");

    let options = ParseOptions::default().max_file(5000);
    let mut long = receiver_under(&get, &options, 200, &[ATTACHMENT]);
    returns(&mut long, b"", &picture(5000));
    assert_eq!(long.feed(b"x").unwrap_err().kind(), "too-large");
    is_error(long.finish(), "too-large");
}

#[test]
fn a_receiver_prints_the_number_of_bytes_and_not_the_bytes() {
    let get = get();
    let mut receiver = receiver(&get, 200, &[("x", "CANARY")]);
    holds(&mut receiver, b"CANARY");
    assert_eq!(format!("{receiver:?}"), "Receiver { received: 6, .. }");
}

#[test]
fn a_feed_prints_the_number_of_bytes_and_not_the_bytes() {
    let feed = Feed::File { held: b"CANARY".to_vec(), chunk: b"CANARY" };
    assert_eq!(format!("{feed:?} {:?}", Feed::Held), "File(12 bytes) Held");
}
