//! Calls that go to the base URL without a token, or to a link; and what is said of files that cannot be saved.

use std::io::{self, ErrorKind};

use wechat_material::driver::{Action, Call, TokenCache};
use wechat_material::http::Request;
use wechat_material::{
    AddressPolicy, BaseUrl, ClientConfig, ClientError, Endpoint, File, GetVideo, OwnUrl, StableToken, Video,
};

use crate::START;
use crate::response::{JPEG, response};

fn sent<E: Endpoint>(endpoint: &E, config: &ClientConfig) -> Request<Vec<u8>> {
    let mut call = Call::<_, File>::new(endpoint, config, 7, START);
    match call.poll(&mut TokenCache::default(), START) {
        Action::Send { request, .. } => request,
        other => panic!("{other:?}"),
    }
}

fn video() -> Video {
    let mut video = Video::default();
    video.title = "The sea".into();
    video.down_url = "http://203.0.114.7/a.mp4".into();
    video
}

#[test]
fn a_call_without_a_token_goes_to_the_base_url_of_the_client() {
    let config = ClientConfig::new(BaseUrl::new("http://127.0.0.1:8080/relay").unwrap());
    let credentials = wechat_material::Credentials::new("wx0123456789abcdef", "secret");
    let request = sent(&StableToken::new(&credentials), &config);
    assert_eq!(request.uri(), "http://127.0.0.1:8080/relay/cgi-bin/stable_token");
}

#[test]
fn a_link_is_followed_under_the_address_policy_of_the_client() {
    let video = video();
    let mut config = ClientConfig::default();
    let policy = |config: &ClientConfig| AddressPolicy::for_request(&sent(&GetVideo::new(&video), config));
    assert_eq!(policy(&config), AddressPolicy::PublicOnly);
    config.address_policy = AddressPolicy::Any;
    assert_eq!(policy(&config), AddressPolicy::Any);
}

#[test]
fn a_video_is_named_after_its_title_and_may_be_fetched_again() {
    let video = video();
    let get = GetVideo::new(&video);
    assert_eq!((get.name(), get.is_idempotent()), ("get_video", true));
    let file = get.parse(response(200, &[], JPEG)).unwrap();
    assert_eq!(file.info.safe_name(), "The sea.jpg");
    assert!(get.to_request(&OwnUrl::default()).is_ok());
}

#[test]
fn an_error_of_a_file_that_cannot_be_saved_says_what_to_do() {
    for (kind, advice) in [
        (ErrorKind::AlreadyExists, "allow overwriting, or choose another path"),
        (ErrorKind::NotFound, "create the folder first"),
        (ErrorKind::NotADirectory, "inside an existing folder"),
        (ErrorKind::InvalidInput, "choose the path of a regular file"),
        (ErrorKind::CrossesDevices, "use the path on the other file system"),
        (ErrorKind::StorageFull, "free some space, or choose another path"),
        (ErrorKind::QuotaExceeded, "free some space, or choose another path"),
        (ErrorKind::FileTooLarge, "free some space, or choose another path"),
        (ErrorKind::PermissionDenied, "change the permissions, or choose another path"),
        (ErrorKind::ReadOnlyFilesystem, "change the permissions, or choose another path"),
        (ErrorKind::TimedOut, "check the path and the disk"),
    ] {
        let error = ClientError::save("a/b".into(), io::Error::from(kind)).to_string();
        assert!(error.starts_with("could not save to a/b: ") && error.ends_with(advice), "{error}");
    }
    // Errors with a text of their own need no advice.
    let error = ClientError::save("a/b".into(), io::Error::other("no more files")).to_string();
    assert_eq!(error, "could not save to a/b: no more files");
}
