//! Where one download is saved.

use std::io;
use std::path::{Path, PathBuf};

use wechat_material::{ClientError, FileInfo};

use super::part::Part;
use super::path::{check, file_name, folder_of, target};
use super::to::Name;
use super::unfinished;

/// A [`SaveTo`](super::SaveTo) whose path was resolved when the download began.
pub(crate) struct Destination {
    /// The path as the caller wrote it, for results and errors.
    pub(super) path: PathBuf,
    /// The same path, for the file system: the working folder may change.
    pub(super) absolute: PathBuf,
    pub(super) place: Place,
    pub(super) overwrite: bool,
}

pub(super) enum Place {
    File,
    /// With what chooses the name of the file.
    Folder(Name),
}

impl Place {
    pub(super) fn failure(&self, path: &Path, error: io::Error) -> ClientError {
        let path = match self {
            Self::File => path.to_owned(),
            // With a separator at its end.
            Self::Folder(_) => path.join(""),
        };
        ClientError::save(path, unfinished::cause(error))
    }
}

impl Destination {
    /// Makes the temporary file of the download.
    pub(crate) fn begin(&self) -> io::Result<Part> {
        match &self.place {
            // In the folder of the file that will be replaced or made: a rename does not cross file systems.
            Place::File => {
                let target = target(&self.absolute, self.overwrite);
                Part::new(folder_of(&target), Some(&target))
            }
            Place::Folder(_) => Part::new(&self.absolute, None),
        }
    }

    /// Gives a complete file its name, and returns its path.
    pub(crate) fn finish(&self, part: Option<Part>, info: &FileInfo) -> Result<PathBuf, ClientError> {
        let (path, absolute) = match &self.place {
            Place::File => (self.path.clone(), self.absolute.clone()),
            Place::Folder(name) => {
                let name = file_name(name(info)).map_err(|error| self.failure(error))?;
                (self.path.join(&name), self.absolute.join(name))
            }
        };
        let saved = match part {
            // Much may have happened since the first check.
            Some(part) => check(&absolute, self.overwrite)
                .and_then(|()| part.save_as(&target(&absolute, self.overwrite), self.overwrite)),
            None => Err(io::Error::other("there are no bytes to save")),
        };
        match saved {
            Ok(()) => Ok(path),
            Err(error) => Err(ClientError::save(path, unfinished::cause(error))),
        }
    }

    /// The error of a call, with the path if it comes from the disk.
    pub(crate) fn with_path(&self, error: ClientError) -> ClientError {
        match error {
            ClientError::Sink { cause, .. } => self.failure(cause),
            error => error,
        }
    }

    pub(crate) fn failure(&self, error: io::Error) -> ClientError {
        self.place.failure(&self.path, error)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_folder_ends_with_a_separator_in_an_error() {
        let folder = Place::Folder(Arc::new(FileInfo::safe_name));
        let error = folder.failure(Path::new("pictures"), ErrorKind::StorageFull.into());
        assert!(error.to_string().contains("pictures/") || cfg!(windows), "{error}");
    }
}
