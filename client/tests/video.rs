//! Following a video's link to its file.

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, AddressPolicy, ApiError, BuildError, CallError, ClientError, FailureKind, FileInfo,
    RetryPolicy, Transport, TransportError, TransportFn, Video,
};
use wechat_material_client::SaveTo;
use wechat_material_client::blocking::{Client, TokenSource};

const MP4: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";

fn video(link: &str) -> Video {
    let mut video = Video::default();
    video.title = String::from("The sea");
    video.down_url = String::from(link);
    video.vid = String::from("wxv_7");
    video
}

fn client<T: Transport>(transport: T, policy: AddressPolicy) -> Client<T> {
    Client::builder(TokenSource::fixed(AccessToken::new("SECRET")), transport)
        .retry(RetryPolicy::never())
        .address_policy(policy)
        .build()
}

fn failed(result: Result<impl std::fmt::Debug, ClientError>) -> CallError {
    match result {
        Err(ClientError::Call { cause, .. }) => *cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_file_arrives_without_the_token_and_under_the_video_s_title() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let sent = Arc::clone(&requests);
    let transport = TransportFn::new(move |request: Request<Vec<u8>>| {
        sent.lock().unwrap().push(format!("{request:?}"));
        Ok::<_, io::Error>(Response::new(MP4.to_vec()))
    });
    let subjects = Arc::new(Mutex::new(Vec::new()));
    let reported = Arc::clone(&subjects);
    let client = Client::builder(TokenSource::fixed(AccessToken::new("SECRET")), transport)
        .on_event(move |event| reported.lock().unwrap().push(event.subject.clone()))
        .build();
    let mut sink = Vec::new();
    let info = client.download_video(&video("http://203.0.114.7/a.mp4?vkey=2"), &mut sink).unwrap();
    assert_eq!((info.safe_name().as_str(), &sink[..]), ("The sea.mp4", MP4));
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].contains("203.0.114.7/a.mp4?vkey=2") && !requests[0].contains("SECRET"),
        "{requests:?}"
    );
    assert_eq!(subjects.lock().unwrap()[..], ["wxv_7"; 2], "the attempt and the answer");
}

/// A video named by its response, under these titles.
const NAMED: [(&str, &str); 4] = [
    ("The sea", "The sea.mp4"),
    ("../of/stars.html", "stars.mp4"),
    ("", "1007.f10.mp4"),
    (" / ", "1007.f10.mp4"),
];

fn named_response() -> Response<Vec<u8>> {
    let disposition = "attachment; filename=\"1007.f10.mp4\"";
    Response::builder().header("content-disposition", disposition).body(MP4.to_vec()).unwrap()
}

fn titled(title: &str) -> Video {
    let mut video = video("http://203.0.114.7/a.mp4");
    video.title = String::from(title);
    video
}

#[test]
fn in_a_folder_a_video_has_its_title_as_name_unless_the_caller_chooses_one() {
    let client = client(TransportFn::new(|_| Ok::<_, io::Error>(named_response())), AddressPolicy::default());
    let folder = tempfile::tempdir().unwrap();
    for (title, name) in NAMED {
        let saved = client.download_video_to(&titled(title), folder.path()).unwrap();
        assert_eq!(saved.path, folder.path().join(name), "{title}");
        std::fs::remove_file(saved.path).unwrap();
    }
    let to = SaveTo::folder_with(folder.path(), FileInfo::safe_name);
    let saved = client.download_video_to(&titled("The sea"), to).unwrap();
    assert_eq!(saved.path, folder.path().join("1007.f10.mp4"));
    let to = folder.path().join("cover.mp4");
    assert_eq!(client.download_video_to(&titled("The sea"), to.clone()).unwrap().path, to);
}

#[cfg(feature = "tokio")]
#[test]
fn in_a_folder_a_video_has_its_title_as_name_over_the_async_client_too() {
    use wechat_material_client::{Client, TokenSource};

    let transport = TransportFn::new(|_| async { Ok::<_, io::Error>(named_response()) });
    let client = Client::builder(TokenSource::fixed(AccessToken::new("SECRET")), transport).build();
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (title, name) in NAMED {
        let saved = runtime.block_on(client.download_video_to(&titled(title), folder.path())).unwrap();
        assert_eq!(saved.path, folder.path().join(name), "{title}");
        std::fs::remove_file(saved.path).unwrap();
    }
}

#[test]
fn a_page_in_place_of_a_file_is_an_error_that_says_so() {
    let transport =
        TransportFn::new(|_| Ok::<_, io::Error>(Response::new(b"<!doctype html><p>expired".to_vec())));
    let client = client(transport, AddressPolicy::default());
    let error = failed(client.open_video(&video("http://mp.weixin.qq.com/mp/mp/video?__biz=M")));
    assert!(matches!(error, CallError::Build(BuildError::Link { .. })), "{error:?}");
    let error = failed(client.open_video(&video("http://203.0.114.7/a.mp4")));
    assert!(matches!(error, CallError::Api(ApiError::Text { html: true, .. })), "{error:?}");
}

#[test]
fn a_link_into_a_private_network_is_not_followed_unless_the_policy_allows_it() {
    let sent = Arc::new(AtomicUsize::new(0));
    let transport = || {
        let sent = Arc::clone(&sent);
        TransportFn::new(move |_| {
            sent.fetch_add(1, Ordering::SeqCst);
            Ok::<_, io::Error>(Response::new(MP4.to_vec()))
        })
    };
    let careful = client(transport(), AddressPolicy::PublicOnly);
    // The last host is a name, which this transport does not check.
    for link in
        ["http://127.0.0.1/a.mp4", "http://[::1]/a.mp4", "http://10.0.0.7:80/a", "http://video.example/a"]
    {
        let CallError::Transport(error) = failed(careful.download_video(&video(link), &mut Vec::new()))
        else {
            panic!("{link} was followed")
        };
        assert_eq!(error.kind(), FailureKind::Final);
        assert!(error.source().is_none() && !error.to_string().is_empty());
    }
    assert_eq!(sent.load(Ordering::SeqCst), 0);
    let open = client(transport(), AddressPolicy::Any);
    assert!(open.download_video(&video("http://127.0.0.1/a.mp4"), &mut Vec::new()).is_ok());
}

/// A transport that says that it checks addresses.
struct Checking(AtomicUsize);

impl Transport for Checking {
    fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        assert_eq!(AddressPolicy::for_request(&request), AddressPolicy::PublicOnly);
        Ok(Response::new(MP4.to_vec()))
    }

    fn enforces_address_policy(&self) -> bool {
        true
    }
}

#[test]
fn a_host_name_is_left_to_a_transport_that_checks_its_addresses() {
    let client = client(Checking(AtomicUsize::new(0)), AddressPolicy::PublicOnly);
    assert!(client.download_video(&video("http://video.example/a.mp4"), &mut Vec::new()).is_ok());
}
