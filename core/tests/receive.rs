//! A response in chunks: what is handed on, when, and what it is in the end.

use wechat_material::{ApiError, Feed, FileInfo, GetMaterial, Material, ParseOptions, Parsed, Receiver};

#[path = "judged/response.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses what it needs of it")]
mod response;

use response::{ATTACHMENT, FAULT, JPEG, NEWS, response};

type Finished = Result<(Parsed<Material<FileInfo>>, Vec<u8>), ApiError>;

fn receiver_under(options: &ParseOptions, status: u16, headers: &[(&str, &str)]) -> Receiver {
    GetMaterial::new("MEDIA_ID").receiver(options, response(status, headers, "").into_parts().0)
}

fn receiver(status: u16, headers: &[(&str, &str)]) -> Receiver {
    receiver_under(&ParseOptions::default(), status, headers)
}

#[track_caller]
fn holds(receiver: &mut Receiver, chunk: &[u8]) {
    assert_eq!(receiver.feed(chunk).unwrap(), Feed::Held);
}

/// Hands the chunk on, and what was held before it.
#[track_caller]
fn hands_on(receiver: &mut Receiver, held: &[u8], chunk: &[u8]) {
    assert_eq!(receiver.feed(chunk).unwrap(), Feed::File { held: held.to_vec(), chunk });
}

#[track_caller]
fn is_file(finished: Finished, length: u64, rest: &[u8]) {
    let (parsed, left) = finished.unwrap();
    let Material::File(info) = parsed.output else { panic!("no file: {parsed:?}") };
    assert_eq!((info.length, &left[..]), (length, rest));
}

#[track_caller]
fn is_error(finished: Finished, kind: &str) {
    assert_eq!(finished.unwrap_err().kind(), kind);
}

/// A picture of so many bytes.
fn picture(length: usize) -> Vec<u8> {
    JPEG.iter().copied().chain(std::iter::repeat(0)).take(length).collect()
}

#[test]
fn a_picture_is_handed_on_from_its_512th_byte() {
    let mut receiver = receiver(200, &[]);
    let begun = picture(511);
    holds(&mut receiver, &begun[..11]);
    holds(&mut receiver, &begun[11..]);
    hands_on(&mut receiver, &begun, b"x");
    hands_on(&mut receiver, b"", b"and on");
    hands_on(&mut receiver, b"", &[7; 10_000]);
    is_file(receiver.finish(), 511 + 1 + 6 + 10_000, b"");
}

#[test]
fn a_chunk_that_is_long_enough_is_handed_on_at_once() {
    let mut receiver = receiver(200, &[ATTACHMENT]);
    hands_on(&mut receiver, b"", &picture(512));
    is_file(receiver.finish(), 512, b"");
}

#[test]
fn a_file_that_ends_before_it_is_told_comes_out_at_the_end() {
    for headers in [&[][..], &[ATTACHMENT]] {
        let mut receiver = receiver(200, headers);
        holds(&mut receiver, &picture(100));
        is_file(receiver.finish(), 100, &picture(100));
    }
    is_error(receiver(200, &[ATTACHMENT]).finish(), "empty");
}

#[test]
fn an_attachment_that_may_be_an_error_is_held_for_four_kibibytes() {
    for begun in [&b"{"[..], b"\xEF\xBB\xBF\n {", b" ", b"\t{\"errcode\":1"] {
        let mut receiver = receiver(200, &[ATTACHMENT]);
        let held = [begun, &vec![b' '; 4096 - begun.len()]].concat();
        holds(&mut receiver, &held[..600]);
        holds(&mut receiver, &held[600..]);
        hands_on(&mut receiver, &held, b"}");
        is_file(receiver.finish(), 4097, b"");
    }
    let mut other = receiver(200, &[ATTACHMENT]);
    hands_on(&mut other, b"", &[b'['; 512]);
}

#[test]
fn an_error_in_an_attachment_is_an_error_up_to_four_kibibytes() {
    for (length, expected) in [(FAULT.len(), "fault"), (4095, "fault"), (4096, "fault"), (4097, "file")] {
        let body = format!("{FAULT:<length$}");
        let mut receiver = receiver(200, &[ATTACHMENT]);
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
    let news = format!(r#"{{"news_item":[{{"title":"{}"}}]}}"#, "x".repeat(9000));
    let mut receiver = receiver(200, &[]);
    for chunk in news.as_bytes().chunks(1000) {
        holds(&mut receiver, chunk);
    }
    let (parsed, rest) = receiver.finish().unwrap();
    let Material::News(news) = parsed.output else { panic!("no news") };
    assert_eq!((news.articles[0].title.len(), rest.len()), (9000, 0));
}

#[test]
fn json_beyond_its_limit_ends_as_soon_as_the_error_is_whole() {
    for (limit, length, ends) in
        [(4095, 4096, false), (4095, 4097, true), (5000, 5000, false), (5000, 5001, true)]
    {
        let options = ParseOptions::default().max_json(limit);
        let mut receiver = receiver_under(&options, 200, &[]);
        let body = format!("{NEWS:<length$}");
        assert_eq!(receiver.feed(body.as_bytes()).is_err(), ends, "{length} of {limit}");
        match receiver.finish() {
            Ok(_) => assert!(length as u64 <= limit),
            Err(error) => assert_eq!((error.kind(), error.body().len()), ("too-large", 4096)),
        }
    }
}

#[test]
fn what_is_no_answer_ends_when_more_would_change_nothing() {
    const GZIP: (&str, &str) = ("content-encoding", "gzip");
    for (status, headers, kind) in [(502, &[][..], "status"), (200, &[GZIP], "encoded"), (200, &[], "text")] {
        let mut receiver = receiver(status, headers);
        holds(&mut receiver, &[b'w'; 600]);
        holds(&mut receiver, &[b'w'; 4096 - 600]);
        let error = receiver.feed(b"w").unwrap_err();
        assert_eq!((error.kind(), error.body()), (kind, &[b'w'; 4096][..]));
    }
}

#[test]
fn a_text_whose_length_is_announced_is_read_to_its_end() {
    for (length, kind) in [(5000, "text"), (5001, "length")] {
        let mut receiver = receiver(200, &[("content-length", "5000")]);
        holds(&mut receiver, &vec![b'w'; length]);
        is_error(receiver.finish(), kind);
    }
}

#[test]
fn a_file_of_another_length_is_told_at_the_end_and_one_beyond_the_limit_before() {
    let mut cut = receiver(200, &[("content-length", "601")]);
    hands_on(&mut cut, b"", &picture(600));
    is_error(cut.finish(), "length");

    let options = ParseOptions::default().max_file(5000);
    let mut long = receiver_under(&options, 200, &[ATTACHMENT]);
    hands_on(&mut long, b"", &picture(5000));
    assert_eq!(long.feed(b"x").unwrap_err().kind(), "too-large");
    is_error(long.finish(), "too-large");
}

#[test]
fn a_receiver_prints_how_much_it_received_and_nothing_of_it() {
    let mut receiver = receiver(200, &[("x", "CANARY")]);
    holds(&mut receiver, b"CANARY");
    assert_eq!(format!("{receiver:?}"), "Receiver { received: 6, .. }");
}
