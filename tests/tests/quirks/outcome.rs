//! What a caller gets, in a few words. No sink may hold more than the error says.

use std::error::Error;

use wechat_material::{
    ApiError, CallError, ClientError, FileInfo, Material, MaterialItem, MaterialPage, TransportError,
};

pub(crate) const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

/// A call for an asset.
pub(crate) fn of_asset(got: Result<Material, CallError>) -> String {
    match got {
        Ok(material) => of_material(&material),
        Err(error) => of_failure(&error),
    }
}

/// A call for a page of a list.
pub(crate) fn of_page(got: Result<MaterialPage, CallError>) -> String {
    match got {
        Ok(page) => of_items(&page.items),
        Err(error) => of_failure(&error),
    }
}

/// A call of a client that writes into no sink.
pub(crate) fn of_client<A>(got: Result<A, ClientError>, of_answer: impl Fn(&A) -> String) -> String {
    match got {
        Ok(answer) => of_answer(&answer),
        Err(error) => of_failed_client(&error, 0),
    }
}

/// A download of a client: the sink holds a file, or nothing, or as much as the error says.
pub(crate) fn of_download(got: Result<Material<FileInfo>, ClientError>, sink: &[u8]) -> String {
    match got {
        Ok(Material::File(info)) => {
            assert_eq!(Some(sink.len() as u64), info.length);
            assert!(PICTURE.starts_with(sink), "other bytes than those that were sent");
            of_file(sink.len())
        }
        Ok(material) => {
            assert!(sink.is_empty(), "something was written that is not a file");
            of_other(&material)
        }
        Err(error) => of_failed_client(&error, sink.len() as u64),
    }
}

/// An asset as a whole: a file has the bytes that were sent.
pub(crate) fn of_material(material: &Material) -> String {
    let Material::File(file) = material else { return of_other(material) };
    assert_eq!(Some(file.bytes.len() as u64), file.info.length);
    assert!(PICTURE.starts_with(&file.bytes), "other bytes than those that were sent");
    of_file(file.bytes.len())
}

fn of_file(length: usize) -> String {
    format!("a file of {length} bytes")
}

fn of_other<F>(material: &Material<F>) -> String {
    match material {
        Material::News(_) => "news".to_owned(),
        Material::Video(_) => "video".to_owned(),
        _ => panic!("an unexpected kind of asset"),
    }
}

pub(crate) fn of_items(items: &[MaterialItem]) -> String {
    format!("{} items", items.len())
}

/// A call of a client that failed for good, and how much its sink holds.
fn of_failed_client(error: &ClientError, held: u64) -> String {
    let ClientError::Call { cause, written, .. } = error else { panic!("{error}: {:?}", error.source()) };
    assert_eq!(held, *written, "{error:?}");
    assert!(held == 0 || may_break_off(cause), "{held} bytes were written that are not of a file");
    of_failure(cause)
}

fn of_failure(error: &CallError) -> String {
    match error {
        CallError::Build(error) => panic!("{error}"),
        CallError::Api(error) => format!("ApiError, {}", error.kind()),
        CallError::Transport(error) => of_transport(error),
    }
}

fn of_transport(error: &TransportError) -> String {
    format!("TransportError, {:?}", error.kind())
}

/// Whether a file may have begun before the failure.
fn may_break_off(error: &CallError) -> bool {
    match error {
        CallError::Api(error) => matches!(error, ApiError::Length { .. } | ApiError::TooLarge { .. }),
        CallError::Build(_) | CallError::Transport(_) => true,
    }
}
