//! Short descriptions of results. They also check that a sink does not hold more than the error says.

use std::error::Error;

use wechat_material::{
    ApiError, CallError, ClientError, FileInfo, Material, MaterialItem, MaterialPage, TransportError,
};

pub(crate) const PICTURE: &[u8] = include_bytes!("../../../testkit/assets/picture.jpg");

/// Describes the result of a call for an asset.
pub(crate) fn describe_asset(got: Result<Material, CallError>) -> String {
    match got {
        Ok(material) => describe_material(&material),
        Err(error) => describe_failure(&error),
    }
}

/// Describes the result of a call for a page of a list.
pub(crate) fn describe_page(got: Result<MaterialPage, CallError>) -> String {
    match got {
        Ok(page) => describe_items(&page.items),
        Err(error) => describe_failure(&error),
    }
}

/// Describes the result of a client's call without a sink.
pub(crate) fn describe_client<A>(
    got: Result<A, ClientError>,
    describe_answer: impl Fn(&A) -> String,
) -> String {
    match got {
        Ok(answer) => describe_answer(&answer),
        Err(error) => describe_failed_client(&error, 0),
    }
}

/// Describes the result of a client's download. The sink must hold the file, nothing, or as much as the error says.
pub(crate) fn describe_download(got: Result<Material<FileInfo>, ClientError>, sink: &[u8]) -> String {
    match got {
        Ok(Material::File(info)) => {
            assert_eq!(Some(sink.len() as u64), info.length);
            assert!(PICTURE.starts_with(sink), "bytes that were not sent");
            describe_file(sink.len())
        }
        Ok(material) => {
            assert!(sink.is_empty(), "bytes were written that are not a file");
            describe_other(&material)
        }
        Err(error) => describe_failed_client(&error, sink.len() as u64),
    }
}

/// Describes a whole asset. A file must hold the bytes that were sent.
pub(crate) fn describe_material(material: &Material) -> String {
    let Material::File(file) = material else { return describe_other(material) };
    assert_eq!(Some(file.bytes.len() as u64), file.info.length);
    assert!(PICTURE.starts_with(&file.bytes), "bytes that were not sent");
    describe_file(file.bytes.len())
}

fn describe_file(length: usize) -> String {
    format!("a file of {length} bytes")
}

fn describe_other<F>(material: &Material<F>) -> String {
    match material {
        Material::News(_) => "news".to_owned(),
        Material::Video(_) => "video".to_owned(),
        _ => panic!("an unexpected kind of asset"),
    }
}

pub(crate) fn describe_items(items: &[MaterialItem]) -> String {
    format!("{} items", items.len())
}

/// Describes the final failure of a client's call. `held` is the number of bytes in its sink.
fn describe_failed_client(error: &ClientError, held: u64) -> String {
    let ClientError::Call { cause, written, .. } = error else { panic!("{error}: {:?}", error.source()) };
    assert_eq!(held, *written, "{error:?}");
    assert!(
        held == 0 || may_end_within_a_file(cause),
        "{held} bytes were written that are not part of a file"
    );
    describe_failure(cause)
}

fn describe_failure(error: &CallError) -> String {
    match error {
        CallError::Build(error) => panic!("{error}"),
        CallError::Api(error) => format!("ApiError, {}", error.kind()),
        CallError::Transport(error) => describe_transport(error),
    }
}

fn describe_transport(error: &TransportError) -> String {
    format!("TransportError, {:?}", error.kind())
}

/// Whether a file may have started before the failure.
fn may_end_within_a_file(error: &CallError) -> bool {
    match error {
        CallError::Api(error) => matches!(error, ApiError::Length { .. } | ApiError::TooLarge { .. }),
        CallError::Build(_) | CallError::Transport(_) => true,
    }
}
