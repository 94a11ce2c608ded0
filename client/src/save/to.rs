//! Where a file is saved.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wechat_material::{ClientError, FileInfo};

use super::part::Part;
use super::path::{check, file_name, folder_of, not_a_folder, target};

/// Where a download is saved: a folder, or the path of a file.
///
/// A path in its place is that of a folder.
///
/// ```
/// # use wechat_material::{AccessToken, Material, TransportFn, http};
/// # use wechat_material_client::blocking::{Client, TokenSource};
/// use wechat_material_client::SaveTo;
///
/// # let home = tempfile::tempdir()?;
/// # let home = home.path();
/// # let transport = TransportFn::new(|_: http::Request<Vec<u8>>| {
/// #     Ok::<_, std::io::Error>(http::Response::new(b"\xFF\xD8\xFF\xE0".to_vec()))
/// # });
/// # let client = Client::builder(TokenSource::fixed(AccessToken::new("81_Zx3")), transport).build();
/// // The folder is made if it is missing.
/// let to = SaveTo::folder(home.join("pictures"));
/// let Material::File(saved) = client.download_to("61224425", to)? else { panic!("not a file") };
/// assert_eq!(saved.path, home.join("pictures/61224425.jpg"));
///
/// let to = SaveTo::file(home.join("cover.jpg")).overwrite(true);
/// client.download_to("61224425", to)?;
/// assert_eq!(std::fs::read(home.join("cover.jpg"))?, b"\xFF\xD8\xFF\xE0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SaveTo {
    place: Place,
    overwrite: bool,
}

#[derive(Clone)]
enum Place {
    File(PathBuf),
    Folder(PathBuf, Name),
}

type Name = Arc<dyn Fn(&FileInfo) -> String + Send + Sync>;

impl SaveTo {
    /// A file in this folder, under its [safe name](FileInfo::safe_name). Missing folders are made. They are removed
    /// again if nothing is saved.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::folder_with(path, FileInfo::safe_name)
    }

    /// A file in this folder, under a name that is chosen when the file is complete. A name that leads to another folder
    /// is an error.
    pub fn folder_with(
        path: impl Into<PathBuf>,
        name: impl Fn(&FileInfo) -> String + Send + Sync + 'static,
    ) -> Self {
        Self { place: Place::Folder(path.into(), Arc::new(name)), overwrite: false }
    }

    /// A file under this path, in a folder that exists.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { place: Place::File(path.into()), overwrite: false }
    }

    /// Whether an existing file is replaced: by default it is not. If the path is a symbolic link, the file that it leads
    /// to is replaced. The new file is readable and writable for the same users as the one that it replaces.
    #[must_use]
    pub fn overwrite(self, overwrite: bool) -> Self {
        Self { overwrite, ..self }
    }

    /// Rejects what cannot succeed, before a call is spent on it.
    pub(crate) fn check(&self) -> Result<(), ClientError> {
        let checked = match &self.place {
            Place::File(path) => check(path, self.overwrite),
            Place::Folder(path, _) => match fs::metadata(path) {
                Ok(found) if !found.is_dir() => Err(not_a_folder()),
                Err(error) if error.kind() == ErrorKind::NotADirectory => Err(error),
                // A missing folder is made.
                Ok(_) | Err(_) => Ok(()),
            },
        };
        checked.map_err(|error| self.failure(error))
    }

    /// Makes the temporary file of a download.
    pub(crate) fn begin(&self) -> io::Result<Part> {
        match &self.place {
            // In the folder of the file that will be replaced or made: a rename does not cross file systems.
            Place::File(path) => {
                let target = target(path, self.overwrite);
                Part::new(folder_of(&target), Some(&target))
            }
            Place::Folder(path, _) => Part::new(path, None),
        }
    }

    /// Gives a complete file its name, and returns its path.
    pub(crate) fn finish(&self, part: Option<Part>, info: &FileInfo) -> Result<PathBuf, ClientError> {
        let path = match &self.place {
            Place::File(path) => path.clone(),
            Place::Folder(folder, name) => match file_name(name(info)) {
                Ok(name) => folder.join(name),
                Err(error) => return Err(self.failure(error)),
            },
        };
        let saved = match part {
            // Much may have happened since the first check.
            Some(part) => check(&path, self.overwrite)
                .and_then(|()| part.save_as(&target(&path, self.overwrite), self.overwrite)),
            None => Err(io::Error::other("there are no bytes to save")),
        };
        saved.map_err(|error| ClientError::save(path.clone(), error)).map(|()| path)
    }

    /// The error of a call, with the path if it comes from the disk.
    pub(crate) fn with_path(&self, error: ClientError) -> ClientError {
        match error {
            ClientError::Sink { cause, .. } => self.failure(cause),
            error => error,
        }
    }

    pub(crate) fn failure(&self, error: io::Error) -> ClientError {
        let path = match &self.place {
            Place::File(path) => path.clone(),
            // With a separator at its end.
            Place::Folder(path, _) => path.join(""),
        };
        ClientError::save(path, error)
    }
}

impl fmt::Debug for SaveTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, path) = match &self.place {
            Place::File(path) => ("file", path),
            Place::Folder(path, _) => ("folder", path),
        };
        f.debug_struct("SaveTo").field(kind, path).field("overwrite", &self.overwrite).finish_non_exhaustive()
    }
}

/// The path of a folder.
impl<P: AsRef<Path>> From<P> for SaveTo {
    fn from(path: P) -> Self {
        Self::folder(path.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_ends_with_a_separator_in_an_error() {
        let error = SaveTo::folder("pictures").failure(ErrorKind::StorageFull.into());
        assert!(error.to_string().contains("pictures/") || cfg!(windows), "{error}");
    }
}
