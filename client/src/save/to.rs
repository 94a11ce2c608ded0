//! Where a file is saved.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf, is_separator};
use std::sync::Arc;

use wechat_material::{ClientError, FileInfo};

use super::part::Part;

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

/// A folder.
impl From<PathBuf> for SaveTo {
    fn from(path: PathBuf) -> Self {
        Self::folder(path)
    }
}

/// A folder.
impl From<&PathBuf> for SaveTo {
    fn from(path: &PathBuf) -> Self {
        Self::folder(path)
    }
}

/// A folder.
impl From<&Path> for SaveTo {
    fn from(path: &Path) -> Self {
        Self::folder(path)
    }
}

/// A folder.
impl From<String> for SaveTo {
    fn from(path: String) -> Self {
        Self::folder(path)
    }
}

/// A folder.
impl From<&str> for SaveTo {
    fn from(path: &str) -> Self {
        Self::folder(path)
    }
}

/// Whether a file can be saved under this path, as far as can be seen.
fn check(path: &Path, overwrite: bool) -> io::Result<()> {
    if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().last().copied().is_some_and(ends) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path does not end with a file name"));
    }
    if !fs::metadata(folder_of(path))?.is_dir() {
        return Err(not_a_folder());
    }
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    // `/dev/null` would no longer be one if a file took its place.
    if fs::metadata(path).is_ok_and(|target| !target.is_file()) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    if overwrite { Ok(()) } else { Err(io::Error::new(ErrorKind::AlreadyExists, "the file exists")) }
}

fn not_a_folder() -> io::Error {
    io::Error::new(ErrorKind::NotADirectory, "it is not a folder")
}

fn ends(byte: u8) -> bool {
    is_separator(char::from(byte))
}

/// The file that is made or replaced: what a link leads to, not the link.
fn target(path: &Path, overwrite: bool) -> PathBuf {
    let target = if overwrite { fs::canonicalize(path) } else { Err(ErrorKind::NotFound.into()) };
    target.unwrap_or_else(|_| path.to_owned())
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// A name, if it is only that.
fn file_name(name: String) -> io::Result<String> {
    if Path::new(&name).file_name() == Some(name.as_ref()) {
        return Ok(name);
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "the name that was chosen is not a file name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_is_a_file_name() {
        for name in ["a", "a.jpg", ".a", "题.jpg"] {
            assert_eq!(file_name(name.to_owned()).unwrap(), name);
        }
        for name in ["", ".", "..", "/", "a/", "a/b", "../a", "/a", "a/."] {
            assert_eq!(file_name(name.to_owned()).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn a_folder_ends_with_a_separator_in_an_error() {
        let error = SaveTo::folder("pictures").failure(ErrorKind::StorageFull.into());
        assert!(error.to_string().contains("pictures/") || cfg!(windows), "{error}");
    }
}
