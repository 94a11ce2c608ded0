//! Files as they arrive: which bytes are written, and which are collected.

use wechat_material::driver::{Action, Feed, Received};
use wechat_material::http::response::Parts;
use wechat_material::{
    ApiError, CallError, ClientError, CountMaterials, Endpoint, Expect, FailureKind, File, FileInfo,
    GetMaterial, Material, ParseOptions, RetryPolicy,
};

use crate::response::{ATTACHMENT, FAULT, JPEG, NEWS, response};
use crate::{MINUTE, SECOND, Script, Setup, Step, failure, holding};

pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Parts {
    response(status, headers, "").into_parts().0
}

/// A picture of this many bytes.
pub(crate) fn picture(length: usize) -> Vec<u8> {
    JPEG.iter().copied().chain(std::iter::repeat(0)).take(length).collect()
}

pub(crate) fn setup() -> Setup<GetMaterial> {
    Setup::new(GetMaterial::new("MEDIA_ID"), &RetryPolicy::default())
}

/// A download whose response has begun.
pub(crate) fn receiving<'s, F: Received>(
    setup: &'s Setup<GetMaterial>,
    headers: &[(&str, &str)],
) -> Script<'s, GetMaterial, F> {
    let mut download = setup.begun(holding("first"));
    assert_eq!(download.poll(), Step::Send);
    download.call.handle_head(head(200, headers), download.now);
    assert!(download.call.is_receiving());
    download
}

/// A download of which this many bytes were written.
pub(crate) fn begun(setup: &Setup<GetMaterial>, length: usize) -> Script<'_, GetMaterial, FileInfo> {
    let mut download = receiving(setup, &[]);
    download.writes(b"", &picture(length));
    download
}

impl<E: Endpoint<Target = wechat_material::Access>, F: Received> Script<'_, E, F> {
    /// Reports a chunk of which nothing is written.
    #[track_caller]
    pub(crate) fn holds(&mut self, chunk: &[u8]) {
        assert_eq!(self.call.handle_chunk(chunk, self.now), Feed::Held);
    }

    /// Reports a chunk that is written together with the bytes that were held.
    #[track_caller]
    pub(crate) fn writes(&mut self, held: &[u8], chunk: &[u8]) {
        let expected = Feed::File { held: held.to_vec(), chunk };
        assert_eq!(self.call.handle_chunk(chunk, self.now), expected);
    }

    /// The body ends, and the driver polls.
    pub(crate) fn ends(&mut self) -> Step {
        assert_eq!(self.call.handle_end(self.now), Feed::Held);
        assert!(!self.call.is_receiving());
        self.poll()
    }

    pub(crate) fn breaks_off(&mut self) -> Step {
        self.call.handle_failure(failure(FailureKind::Interrupted), self.now);
        assert!(!self.call.is_receiving());
        self.poll()
    }

    pub(crate) fn written(&self) -> String {
        format!("{:?}", self.call)
    }
}

#[test]
fn a_call_that_may_return_a_file_is_received_as_it_arrives() {
    let expected = |action: Action| match action {
        Action::Send { expect, .. } => expect,
        other => panic!("{other:?}"),
    };
    let (get, count) = (setup(), Setup::new(CountMaterials, &RetryPolicy::default()));
    assert_eq!(expected(get.begun::<File>(holding("first")).action()), Expect::File);
    assert_eq!(expected(get.begun::<FileInfo>(holding("first")).action()), Expect::File);
    assert_eq!(expected(count.begun::<File>(holding("first")).action()), Expect::Json);
    // A download is received in this way for any endpoint.
    assert_eq!(expected(count.begun::<FileInfo>(holding("first")).action()), Expect::File);
}

#[test]
fn a_file_is_written_as_it_arrives() {
    let setup = setup();
    let mut download = receiving::<FileInfo>(&setup, &[ATTACHMENT]);
    let begun = picture(511);
    download.holds(&begun);
    assert_eq!(download.written(), "Call { attempts: 1, written: 0, .. }");
    download.writes(&begun, b"x");
    download.writes(b"", b"and on");
    assert_eq!(download.written(), "Call { attempts: 1, written: 518, .. }");
    assert_eq!(download.ends(), Step::Finish);
    let Material::File(info) = download.finished().unwrap().output else { panic!("not a file") };
    assert_eq!((info.length, info.safe_name().as_str()), (Some(518), "a.jpg"));
}

#[test]
fn a_file_so_short_that_it_was_held_is_written_at_the_end() {
    let setup = setup();
    let mut download = receiving::<FileInfo>(&setup, &[]);
    download.holds(&picture(100));
    let rest = Feed::File { held: picture(100), chunk: &[][..] };
    assert_eq!(download.call.handle_end(download.now), rest);
    assert_eq!(download.written(), "Call { attempts: 1, written: 100, .. }");
    let Material::File(info) = download.finished().unwrap().output else { panic!("not a file") };
    assert_eq!((info.length, info.safe_name().as_str()), (Some(100), "MEDIA_ID.jpg"));
}

#[test]
fn the_bytes_of_a_file_can_be_collected_instead() {
    let setup = setup();
    for lengths in [&[100][..], &[511, 1, 1000], &[512, 1], &[4097]] {
        let whole = picture(lengths.iter().sum());
        let mut fetch = receiving::<File>(&setup, &[]);
        let mut rest = &whole[..];
        for length in lengths {
            let (chunk, next) = rest.split_at(*length);
            fetch.holds(chunk);
            rest = next;
        }
        assert_eq!(fetch.ends(), Step::Finish);
        assert_eq!(fetch.written(), "Call { attempts: 1, written: 0, .. }");
        let Material::File(file) = fetch.finished().unwrap().output else { panic!("not a file") };
        assert_eq!((file.info.length, file.bytes), (Some(whole.len() as u64), whole));
    }
}

#[test]
fn a_whole_response_is_accepted_if_bytes_are_collected() {
    let setup = setup();
    let mut fetch = setup.sent();
    assert_eq!(fetch.answered(response(200, &[], JPEG)), Step::Finish);
    let Material::File(file) = fetch.finished().unwrap().output else { panic!("not a file") };
    assert_eq!(file.bytes, JPEG);
}

#[test]
fn bytes_that_are_not_a_file_are_never_written() {
    let setup = setup();
    let mut download = receiving::<FileInfo>(&setup, &[]);
    for chunk in NEWS.as_bytes().chunks(5) {
        download.holds(chunk);
    }
    assert_eq!(download.ends(), Step::Finish);
    assert!(matches!(download.finished().unwrap().output, Material::News(_)));

    let mut download = receiving::<FileInfo>(&setup, &[ATTACHMENT]);
    download.holds(FAULT.as_bytes());
    assert_eq!(download.ends(), Step::Finish);
    assert_eq!(download.error().fault().unwrap().code.0, 40007);
}

#[test]
fn a_page_is_not_received_to_its_end() {
    let setup = setup();
    let mut download = receiving::<FileInfo>(&setup, &[("content-length", "99999999999")]);
    download.holds(&[b'w'; 4096]);
    assert!(download.call.is_receiving());
    download.holds(b"w");
    assert!(!download.call.is_receiving());
    assert_eq!(download.poll(), Step::Finish);
    let ClientError::Call { cause, .. } = download.error() else { panic!("another error") };
    let CallError::Api(error) = *cause else { panic!("{cause}") };
    assert_eq!((error.kind(), error.body().len()), ("text", 4096));
}

#[test]
fn a_refused_token_is_renewed_in_a_download_too() {
    let setup = setup();
    let mut download = receiving::<FileInfo>(&setup, &[ATTACHMENT]);
    download.holds(br#"{"errcode":42001,"errmsg":"access_token expired"}"#);
    assert_eq!(download.ends(), Step::NeedToken(2 * MINUTE));
    download.renews("second");
    assert_eq!(download.poll(), Step::Send);
}

#[test]
fn the_retry_after_of_a_head_is_used() {
    let setup = setup();
    let mut download = setup.begun::<FileInfo>(holding("first"));
    assert_eq!(download.poll(), Step::Send);
    download.call.handle_head(head(503, &[("retry-after", "30")]), download.now);
    let Step::Wait(time) = download.ends() else { panic!("no wait") };
    assert!((30 * SECOND..38 * SECOND).contains(&time), "{time:?}");
}

#[test]
fn a_file_in_memory_has_a_limit_and_a_streamed_one_has_none_by_default() {
    let mut setup = setup();
    setup.config.options = ParseOptions::default();
    let most = picture(32 << 20);
    let mut fetch = receiving::<File>(&setup, &[]);
    fetch.holds(&most);
    assert!(fetch.call.is_receiving());
    fetch.holds(b"x");
    let ClientError::Call { cause, .. } = fetch.error() else { panic!("another error") };
    assert!(matches!(*cause, CallError::Api(ApiError::TooLarge { limit: 33_554_432, .. })), "{cause:?}");

    let mut download = receiving::<FileInfo>(&setup, &[]);
    download.writes(b"", &most);
    download.writes(b"", b"x");
    assert_eq!(download.ends(), Step::Finish);
    assert!(download.finished().is_ok());
}

#[test]
fn a_sink_can_be_flushed_only_when_the_file_is_whole() {
    let setup = setup();
    let mut whole = begun(&setup, 2000);
    assert!(!whole.call.is_answered());
    let _ = whole.call.handle_end(whole.now);
    assert!(whole.call.is_answered());
    let mut cut: Script<'_, GetMaterial, FileInfo> = receiving(&setup, &[("content-length", "3000")]);
    let _ = cut.call.handle_chunk(&picture(2000), cut.now);
    let _ = cut.call.handle_end(cut.now);
    assert!(!cut.call.is_answered());
}
