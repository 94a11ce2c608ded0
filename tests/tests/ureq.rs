//! Tests of the blocking transport with the emulator and real sockets, beyond the rules of the conformance suite.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use wechat_material::http::Request;
use wechat_material::{
    Access, AccessToken, ApiError, BaseUrl, CallError, ErrorCode, FailureKind, FileType, GetMaterial,
    Material, Transport, VideoLink, call,
};
use wechat_material_testkit::{Emulator, built_in_assets};
use wechat_material_ureq::{UreqTransport, ureq};

const TOKEN: &str = "CANARY#&%+ 中文";

/// A server that reads one request and answers with these bytes.
fn server(answer: impl Into<Vec<u8>>) -> Access {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let access = access_to(&listener);
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        stream.write_all(&answer).unwrap();
    });
    access
}

fn access_to(listener: &TcpListener) -> Access {
    let base = BaseUrl::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    Access::with_base_url(&AccessToken::new(TOKEN), base)
}

/// Reads a head and its body, which is a JSON object.
fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while let length @ 1.. = stream.read(&mut buffer).unwrap() {
        request.extend_from_slice(&buffer[..length]);
        if request.ends_with(b"}") {
            return;
        }
    }
}

/// Everything that an error and its causes print.
fn printed(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    chain.map(|error| format!("{error}\n{error:?}\n")).collect()
}

#[test]
fn every_asset_of_the_emulator_can_be_fetched() {
    let emulator = Emulator::start().unwrap();
    let transport = UreqTransport::new();
    let fetched = |media_id: &str| call(&GetMaterial::new(media_id), &emulator.access(), &transport).unwrap();
    let mut seen = Vec::new();
    for asset in built_in_assets() {
        seen.push(match fetched(asset.media_id) {
            Material::News(news) => news.articles.iter().map(|article| article.title.clone()).collect(),
            Material::Video(video) => match video.link() {
                VideoLink::File(_) => "a file".to_owned(),
                VideoLink::Page(_) => "a page".to_owned(),
            },
            Material::File(file) => file.info.safe_name(),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(
        seen,
        [
            "清晨的码头",
            "一碗面的时间旧书店搬家怎样给猫拍照 📷",
            "a file",
            "a page",
            "绿与蓝.jpg",
            "IMAGE-02.png",
            "recording.mp3",
            "VOICE-02.amr",
        ]
    );
}

#[test]
fn a_video_is_fetched_from_its_link_without_the_token() {
    let emulator = Emulator::start().unwrap();
    let transport = UreqTransport::new();
    let Ok(Material::Video(video)) = call(&GetMaterial::new("VIDEO-01"), &emulator.access(), &transport)
    else {
        panic!("not a video");
    };
    let response = transport.send(Request::get(&video.down_url).body(Vec::new()).unwrap()).unwrap();
    assert_eq!(FileType::from_bytes(response.body()), Some(FileType::Mp4));
}

#[test]
fn a_token_is_sent_unchanged() {
    let emulator = Emulator::start().unwrap();
    let transport = UreqTransport::new();
    for token in ["#", "&access_token=x", "%41", "+", " ", "中文", "a\n\0\"b", TOKEN] {
        let token = AccessToken::new(token);
        let access = Access::with_base_url(&token, emulator.base_url());
        let refused = call(&GetMaterial::new("NEWS-ONE"), &access, &transport).unwrap_err();
        assert_eq!(refused.fault().map(|fault| fault.code), Some(ErrorCode::INVALID_CREDENTIAL));
        emulator.accept(&token);
        assert!(call(&GetMaterial::new("NEWS-ONE"), &access, &transport).is_ok(), "{}", token.expose());
    }
}

#[test]
fn a_custom_agent_does_not_follow_redirects() {
    let config = ureq::Agent::config_builder().max_redirects(5).http_status_as_error(true).build();
    let transport = UreqTransport::from(ureq::Agent::new_with_config(config));
    let access = server("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    let error = call(&GetMaterial::new("id"), &access, &transport).unwrap_err();
    assert!(matches!(error, CallError::Api(ApiError::Status { .. })), "{error:?}");
}

#[test]
fn the_kind_of_an_error_is_right_and_no_error_prints_the_token() {
    let transport = UreqTransport::builder().max_body(1000).build();
    let failure_of =
        |transport: &UreqTransport, access: &Access| match call(&GetMaterial::new("id"), access, transport) {
            Err(CallError::Transport(error)) => {
                let printed = printed(&error);
                assert!(!printed.contains("CANARY") && !printed.contains("get_material"), "{printed}");
                error.kind()
            }
            other => panic!("the transport did not fail: {other:?}"),
        };
    let failure = |access: &Access| failure_of(&transport, access);

    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = access_to(&closed);
    drop(closed);
    assert_eq!(failure(&refused), FailureKind::Connect);

    // A label of 64 characters is not valid, so no name server is asked.
    let nowhere = BaseUrl::new(&format!("https://{}.example", "x".repeat(64))).unwrap();
    assert_eq!(failure(&Access::with_base_url(&AccessToken::new(TOKEN), nowhere)), FailureKind::Connect);

    for (answer, expected) in [
        ("", FailureKind::Interrupted),
        ("HTTP/1.1 200 OK\r\nContent-Le", FailureKind::Interrupted),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"news_item\"", FailureKind::Interrupted),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"new", FailureKind::Interrupted),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", FailureKind::Interrupted),
        ("no HTTP at all\r\n\r\n", FailureKind::Interrupted),
    ] {
        assert_eq!(failure(&server(answer)), expected, "{answer}");
    }

    let too_long = server(format!("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n{}", "x".repeat(1001)));
    assert_eq!(failure(&too_long), FailureKind::Final);

    // A server that accepts a connection and sends nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let hasty = UreqTransport::builder().call_timeout(Duration::from_millis(100)).build();
    assert_eq!(failure_of(&hasty, &access_to(&silent)), FailureKind::Timeout);

    // A server that does not speak TLS.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = BaseUrl::new(&format!("https://{}", plain.local_addr().unwrap())).unwrap();
    let answered =
        thread::spawn(move || plain.accept().unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert_eq!(failure(&Access::with_base_url(&AccessToken::new(TOKEN), base)), FailureKind::Final);
    answered.join().unwrap().unwrap();
}

#[test]
fn a_url_without_a_host_is_refused_and_not_printed() {
    let request = Request::post("/cgi-bin/x?access_token=CANARY").body(Vec::new()).unwrap();
    let error = UreqTransport::new().send(request).unwrap_err();
    assert!(!printed(&error).contains("CANARY"), "{}", printed(&error));
}
