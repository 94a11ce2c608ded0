//! What a caller gets, in a few words; and that no sink got more than it should.

use std::error::Error;
use std::io;

use wechat_material::{
    ApiError, CallError, ClientError, DownloadError, Failure, File, FileInfo, Material, MaterialItem,
};

pub(crate) const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

/// Of an asset as a whole: a file has the bytes that were sent.
pub(crate) fn of_asset(material: &Material) -> String {
    if let Material::File(file) = material {
        assert_eq!(file.bytes.len() as u64, file.info.length);
        assert!(PICTURE.starts_with(&file.bytes), "other bytes than those that were sent");
    }
    of_material(material, |file: &File| file.info.length)
}

/// Of an asset that was downloaded: a file is in the sink, and nothing else is.
pub(crate) fn of_download(material: &Material<FileInfo>, sink: &[u8]) -> String {
    match material {
        Material::File(info) => {
            assert_eq!(sink.len() as u64, info.length);
            assert!(PICTURE.starts_with(sink), "other bytes than those that were sent");
        }
        _ => assert!(sink.is_empty(), "what is no file was written"),
    }
    of_material(material, |info| info.length)
}

fn of_material<F>(material: &Material<F>, length: impl Fn(&F) -> u64) -> String {
    match material {
        Material::News(_) => "news".to_owned(),
        Material::Video(_) => "video".to_owned(),
        Material::File(file) => format!("a file of {} bytes", length(file)),
        _ => "something new".to_owned(),
    }
}

/// Of a list that was read to its end.
pub(crate) fn of_list(items: &[MaterialItem]) -> String {
    format!("{} items", items.len())
}

/// Of a call that failed.
pub(crate) fn of_failure<E: Error>(error: &CallError<E>, failure: impl Fn(&E) -> Failure) -> String {
    match error {
        CallError::Build(error) => panic!("{error}"),
        CallError::Api(error) => format!("ApiError, {}", error.kind()),
        CallError::Transport(error) => format!("its error, {:?}", failure(error)),
    }
}

/// Of a download that failed: its sink has as many bytes as it says, and none of what is no file.
pub(crate) fn of_failed_download<E: Error>(
    error: &DownloadError<E, io::Error>,
    sink: &[u8],
    failure: impl Fn(&E) -> Failure,
) -> String {
    match error {
        DownloadError::Call { written, source } => {
            assert_eq!(sink.len() as u64, *written);
            assert!(*written == 0 || may_break_off(source), "{written} bytes of what is no file");
            of_failure(source, failure)
        }
        DownloadError::Sink { .. } => panic!("{error}"),
    }
}

/// Of a client's call that failed for good.
pub(crate) fn of_failed_client<E: Error>(error: &ClientError<E>, failure: impl Fn(&E) -> Failure) -> String {
    match error {
        ClientError::Call { source, written, .. } => {
            assert!(*written == 0 || may_break_off(source), "{written} bytes of what is no file");
            of_failure(source, failure)
        }
        _ => panic!("{error}: {:?}", error.source()),
    }
}

/// Whether there can have been a file before the failure.
fn may_break_off<E: Error>(error: &CallError<E>) -> bool {
    match error {
        CallError::Api(error) => matches!(error, ApiError::Length { .. } | ApiError::TooLarge { .. }),
        CallError::Build(_) | CallError::Transport(_) => true,
    }
}
