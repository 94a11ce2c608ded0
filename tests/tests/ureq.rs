//! The blocking transport against real sockets.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use wechat_material::http::Request;
use wechat_material::{
    Access, AccessToken, ApiError, BaseUrl, CallError, ErrorCode, Failure, FileType, GetMaterial, Material,
    Transport, VideoLink, call,
};
use wechat_material_testkit::{Emulator, account};
use wechat_material_ureq::{UreqError, UreqTransport, ureq};

const TOKEN: &str = "CANARY#&%+ 中文";

/// A server that reads one request and answers with these bytes, whatever they are.
fn server(answer: impl Into<Vec<u8>>) -> (Access, thread::JoinHandle<Vec<u8>>) {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let access = access_to(&listener);
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let asked = read_request(&mut stream);
        stream.write_all(&answer).unwrap();
        asked
    });
    (access, asked)
}

fn access_to(listener: &TcpListener) -> Access {
    let base = BaseUrl::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    Access::at(base, &AccessToken::new(TOKEN))
}

/// A head, and the body that it announces.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        request.extend_from_slice(&buffer[..length]);
        if length == 0 || request.ends_with(b"}") {
            return request;
        }
    }
}

fn get(access: &Access) -> Result<Material, CallError<UreqError>> {
    call(&GetMaterial::new("id"), access, &UreqTransport::new())
}

/// Everything that an error prints, itself and its causes.
fn printed(error: &(dyn Error + 'static)) -> String {
    let mut printed = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        printed.push(format!("{error}\n{error:?}\n"));
        next = error.source();
    }
    printed.concat()
}

#[test]
fn every_asset_of_the_emulator_is_what_it_says() {
    let emulator = Emulator::start().unwrap();
    let transport = UreqTransport::new();
    let fetched = |media_id: &str| call(&GetMaterial::new(media_id), &emulator.access(), &transport).unwrap();
    let mut seen = Vec::new();
    for asset in account() {
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
fn a_video_is_fetched_by_its_link_without_the_token() {
    let emulator = Emulator::start().unwrap();
    let transport = UreqTransport::new();
    let Ok(Material::Video(video)) = call(&GetMaterial::new("VIDEO-01"), &emulator.access(), &transport)
    else {
        panic!("no video");
    };
    let response = transport.send(Request::get(&video.down_url).body(Vec::new()).unwrap()).unwrap();
    assert_eq!(FileType::of(response.body()), Some(FileType::Mp4));
}

#[test]
fn a_token_arrives_as_it_was_given() {
    let emulator = Emulator::start().unwrap();
    for token in ["#", "&access_token=x", "%41", "+", " ", "中文", "a\n\0\"b", TOKEN] {
        let token = AccessToken::new(token);
        let access = Access::at(emulator.base_url(), &token);
        let Err(CallError::Api(ApiError::Fault(fault))) = get(&access) else { panic!("no fault") };
        assert_eq!(fault.code, ErrorCode::INVALID_CREDENTIAL);
        emulator.accept(&token);
        assert!(
            call(&GetMaterial::new("NEWS-ONE"), &access, &UreqTransport::new()).is_ok(),
            "{}",
            token.expose()
        );
    }
}

#[test]
fn a_request_is_sent_as_it_was_built() {
    let (access, asked) = server("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"news_item\":[]}");
    assert!(matches!(get(&access), Ok(Material::News(_))));
    let asked = String::from_utf8(asked.join().unwrap()).unwrap();
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(
        head.starts_with("post /cgi-bin/material/get_material?access_token=canary%23%26%25%2b%20%e4%b8%ad%e6%96%87 http/1.1\r\n"),
        "{head}"
    );
    for header in ["accept-encoding: identity", "content-type: application/json", "content-length: 17"] {
        assert!(head.lines().any(|line| line == header), "{head}");
    }
    assert_eq!(body, r#"{"media_id":"id"}"#);
}

#[test]
fn every_status_is_an_answer_and_no_redirect_is_followed() {
    for status in [302, 307, 400, 404, 429, 500, 503] {
        // The address that the redirect leads to: nobody may come there.
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let location = elsewhere.local_addr().unwrap();
        let (access, _asked) = server(format!(
            "HTTP/1.1 {status} X\r\nLocation: http://{location}/\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwords"
        ));
        let Err(CallError::Api(error)) = get(&access) else { panic!("{status} is no answer") };
        assert!(
            matches!(&error, ApiError::Status { status: code, .. } if code.as_u16() == status),
            "{error}"
        );
        assert_eq!(error.body(), b"words");
        assert!(elsewhere.accept().is_err(), "the redirect was followed");
    }
}

#[test]
fn an_agent_of_ones_own_follows_no_redirect_either() {
    let config = ureq::Agent::config_builder().max_redirects(5).http_status_as_error(true).build();
    let transport = UreqTransport::from(ureq::Agent::new_with_config(config));
    let (access, _asked) = server("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    let error = call(&GetMaterial::new("id"), &access, &transport).unwrap_err();
    assert!(matches!(error, CallError::Api(ApiError::Status { .. })), "{error:?}");
}

#[test]
fn repeated_and_non_ascii_headers_are_kept() {
    let (access, _asked) = server(
        "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-disposition: attachment; filename=\"绿.jpg\"\r\nContent-Length: 3\r\n\r\n\u{1}\u{2}\u{3}",
    );
    let request = wechat_material::Endpoint::to_request(&GetMaterial::new("id"), &access).unwrap();
    let response = UreqTransport::new().send(request).unwrap();
    let values: Vec<_> = response.headers().get_all("x-a").iter().collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(
        response.headers()["content-disposition"].as_bytes(),
        "attachment; filename=\"绿.jpg\"".as_bytes()
    );
}

#[test]
fn failures_are_told_apart_and_print_no_token() {
    let quick = ureq::Agent::config_builder().timeout_global(Some(Duration::from_millis(300))).build();
    let transport = UreqTransport::from(ureq::Agent::new_with_config(quick)).max_body(1000);
    let failure = |access: &Access| match call(&GetMaterial::new("id"), access, &transport) {
        Err(CallError::Transport(error)) => {
            let printed = printed(&error);
            assert!(!printed.contains("CANARY") && !printed.contains("get_material"), "{printed}");
            transport.failure(&error)
        }
        other => panic!("no failure of the transport: {other:?}"),
    };

    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = access_to(&closed);
    drop(closed);
    assert_eq!(failure(&refused), Failure::Connect);

    // A label of 64 characters is in no name service, so none is asked.
    let nowhere = BaseUrl::new(&format!("https://{}.example", "x".repeat(64))).unwrap();
    assert_eq!(failure(&Access::at(nowhere, &AccessToken::new(TOKEN))), Failure::Connect);

    for (answer, expected) in [
        ("", Failure::Interrupted),
        ("HTTP/1.1 200 OK\r\nContent-Le", Failure::Interrupted),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"news_item\"", Failure::Interrupted),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"new", Failure::Interrupted),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", Failure::Interrupted),
        ("no HTTP at all\r\n\r\n", Failure::Interrupted),
    ] {
        let (access, _asked) = server(answer);
        assert_eq!(failure(&access), expected, "{answer}");
    }

    let (access, _asked) =
        server(format!("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n{}", "x".repeat(1001)));
    assert_eq!(failure(&access), Failure::Final);

    // It accepts, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(failure(&access_to(&silent)), Failure::Timeout);

    // TLS to a server that speaks none.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = BaseUrl::new(&format!("https://{}", plain.local_addr().unwrap())).unwrap();
    let answered =
        thread::spawn(move || plain.accept().unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert_eq!(failure(&Access::at(base, &AccessToken::new(TOKEN))), Failure::Final);
    answered.join().unwrap().unwrap();
}

#[test]
fn a_url_that_is_not_whole_is_not_repeated() {
    let request = Request::post("/cgi-bin/x?access_token=CANARY").body(Vec::new()).unwrap();
    let error = UreqTransport::new().send(request).unwrap_err();
    assert!(!printed(&error).contains("CANARY"), "{}", printed(&error));
}
