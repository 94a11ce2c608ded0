//! What a call does with a file.

use crate::material::{File, FileInfo};

/// What a call does with a file: [`File`] collects its bytes, [`FileInfo`] does not.
pub trait Received: Sized + sealed::Sealed {
    #[doc(hidden)]
    const KEEPS_BYTES: bool;
    #[doc(hidden)]
    fn received(info: FileInfo, bytes: Vec<u8>) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::material::File {}
    impl Sealed for crate::material::FileInfo {}
}

impl Received for File {
    const KEEPS_BYTES: bool = true;

    fn received(info: FileInfo, bytes: Vec<u8>) -> Self {
        Self { info, bytes }
    }
}

impl Received for FileInfo {
    const KEEPS_BYTES: bool = false;

    fn received(info: FileInfo, _bytes: Vec<u8>) -> Self {
        info
    }
}
