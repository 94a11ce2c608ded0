//! Bodies that are designed to take much time, stack or memory.

use allocation_counter::measure;
use wechat_material::driver::Feed;
use wechat_material::http::Response;
use wechat_material::{Endpoint, GetMaterial, Material, ParseOptions};
use wechat_material_tests::properties;

const MIB: usize = 1 << 20;

/// Repeats a filling between two texts, up to a length.
fn filled(before: &[u8], filling: &[u8], after: &[u8], length: usize) -> Vec<u8> {
    let times = (length - before.len() - after.len()) / filling.len();
    [before, &filling.repeat(times), after].concat()
}

/// The peak of memory while a body is judged, in bytes.
fn peak(body: Vec<u8>) -> u64 {
    let response = Response::new(body);
    let mut response = Some(response);
    let taken = measure(|| {
        let _ = GetMaterial::new("id").parse(response.take().unwrap());
    });
    taken.bytes_max
}

/// Hostile bodies of about this length, each with the name of its filling and its expected verdict.
fn hostile(length: usize) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let text = |filling: &[u8]| filled(br#"{"news_item":[{"content":""#, filling, br#""}]}"#, length);
    let list = |filling: &[u8]| filled(br#"{"news_item":["#, filling, b"0]}", length);
    vec![
        ("open objects", "json", b"{".repeat(length)),
        ("open lists", "json", filled(b"{\"a\":", b"[", b"", length)),
        ("open keys", "json", b"{\"a\":".repeat(length / 5)),
        ("quotes", "json", filled(b"{", b"\"", b"", length)),
        ("escaped quotes", "news", text(b"\\\"")),
        ("backslashes", "news", text(b"\\\\")),
        ("lone backslashes", "news", text(b"\\x")),
        ("lone surrogates", "news", text(b"\\uD83D")),
        ("invalid UTF-8", "news", text(b"\xFF")),
        ("cut UTF-8", "news", text(b"\xE4\xBD")),
        ("control characters", "news", text(b"\x01")),
        ("comments", "video", filled(b"{", b"/**/", b"\"down_url\":\"\"}", length)),
        ("comment openers", "json", filled(b"{/*", b"/*", b"", length)),
        (
            "comment openers in text",
            "video",
            filled(b"{\"a\":\"\xFF\",\"down_url\":\"", b"/*//", b"\"}", length),
        ),
        ("colons", "video", filled(b"{\"down_url\"", b":", b"\"\"}", length)),
        ("trailing commas", "too-large", list(b"[0,],")),
        ("commas", "json", list(b",")),
        ("numbers", "too-large", list(b"0,")),
        ("one long number", "json", list(b"9")),
        ("empty lists", "too-large", list(b"[],")),
        ("empty objects", "too-large", list(b"{},")),
        ("small objects", "too-large", list(b"{\"\":0},")),
        (
            "empty articles after padding",
            "too-large",
            [
                br#"{"pad":""#,
                &b"x".repeat(length / 2)[..],
                br#"","news_item":["#,
                &b"{},".repeat(length / 6),
                b"{}]}",
            ]
            .concat(),
        ),
        ("many keys", "video", {
            let keys: String = (0..length / 16).map(|key| format!("\"{key:08}\":0,")).collect();
            format!("{{{keys}\"down_url\":\"\"}}").into_bytes()
        }),
        ("white space", "json", filled(b"{", b" \n", b"", length)),
    ]
}

#[test]
fn any_body_takes_memory_of_at_most_a_small_multiple_of_its_length() {
    for (name, _, body) in hostile(MIB) {
        let (length, taken) = (body.len() as u64, peak(body));
        assert!(taken <= 20 * length + (2 << 20), "{name}: {taken} bytes for {length}");
    }
}

/// Code that is not linear in the length would take minutes here.
#[test]
fn bodies_of_eight_mebibytes_are_judged() {
    for (name, expected, body) in hostile(8 * MIB) {
        let kind = match GetMaterial::new("id").parse(Response::new(body)) {
            Ok(Material::News(_)) => "news",
            Ok(Material::Video(_)) => "video",
            Ok(_) => "file",
            Err(error) => error.kind(),
        };
        assert_eq!(kind, expected, "{name}");
    }
}

#[test]
fn the_properties_hold_for_hostile_bodies() {
    for (_, _, body) in hostile(2 << 10) {
        properties::check_response(&Response::new(body));
    }
    properties::check_response(&Response::new(b"[".repeat(200_000)));
    properties::check_response(&Response::new([b"{\"a\":".as_slice(), &b"[".repeat(200_000)].concat()));
}

#[test]
fn a_picture_of_ten_mebibytes_is_neither_copied_nor_read() {
    let mut bytes = vec![0; 10 * MIB];
    bytes[..4].copy_from_slice(b"\xFF\xD8\xFF\xE0");
    let arrived = bytes.as_ptr();
    let mut response = Some(
        Response::builder()
            .header("content-disposition", "attachment; filename=\"a.jpg\"")
            .body(bytes)
            .unwrap(),
    );
    let mut material = None;
    let taken = measure(|| material = Some(GetMaterial::new("id").parse(response.take().unwrap())));
    let Some(Ok(Material::File(file))) = material else { panic!("not a file") };
    assert_eq!((file.bytes.as_ptr(), file.bytes.len()), (arrived, 10 * MIB));
    assert!(taken.bytes_max < 1024, "{} bytes", taken.bytes_max);
}

#[test]
fn a_file_that_is_received_in_chunks_takes_less_than_eight_kibibytes() {
    let chunk = vec![0; 64 << 10];
    for first in [&b"\xFF\xD8\xFF\xE0"[..], b"{"] {
        let head = Response::builder()
            .header("content-disposition", "attachment; filename=\"a.jpg\"")
            .body(())
            .unwrap()
            .into_parts()
            .0;
        let mut head = Some(head);
        let get = GetMaterial::new("id");
        let taken = measure(|| {
            let mut receiver = get.receiver(&ParseOptions::default(), head.take().unwrap());
            for _ in 0..10 {
                assert_eq!(receiver.feed(first).unwrap(), Feed::Held);
            }
            for _ in 0..160 {
                assert!(matches!(receiver.feed(&chunk).unwrap(), Feed::File { .. }));
            }
            let (parsed, rest) = receiver.finish().unwrap();
            assert!(rest.is_empty() && matches!(parsed.output, Material::File(_)));
        });
        assert!(taken.bytes_max < 8 << 10, "{} bytes", taken.bytes_max);
    }
}

#[test]
fn chunks_of_one_byte_take_no_more_memory_than_longer_ones() {
    for (status, coding, body) in [
        (502, "identity", &b"{\"a\":1}"[..]),
        (200, "gzip", b"x"),
        (200, "identity", b"words"),
        (200, "identity", b"{\"a\":1}"),
    ] {
        let response =
            Response::builder().status(status).header("content-encoding", coding).body(()).unwrap();
        let (head, ()) = response.into_parts();
        let mut head = Some(head);
        let get = GetMaterial::new("id");
        let taken = measure(|| {
            let mut receiver = get.receiver(&ParseOptions::default(), head.take().unwrap());
            for chunk in body.chunks(1).cycle().take(6000) {
                match receiver.feed(chunk) {
                    Ok(fed) => assert_eq!(fed, Feed::Held),
                    Err(_) => return,
                }
            }
        });
        assert!(taken.bytes_total < 64 << 10, "{} bytes in all", taken.bytes_total);
    }
}
