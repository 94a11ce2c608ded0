//! Where a file is saved, as a caller says it.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{self, Path, PathBuf};
use std::sync::Arc;

use wechat_material::{ClientError, FileInfo};

use super::destination::{Destination, Place};
use super::path::{check, ends_with_separator, not_a_folder};
use super::unfinished;

/// Where a download is saved: a folder, or the path of a file.
///
/// A plain path means a folder if it ends with a separator (`"pictures/"`) or is an existing folder, and a file otherwise
/// (`"cover.jpg"`). An empty path is the working folder.
///
/// A relative path is resolved when the download begins. It does not matter if the working folder changes later.
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
    kind: Kind,
    path: PathBuf,
    /// Chooses the name of a file in a folder.
    name: Option<Name>,
    overwrite: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    File,
    Folder,
    /// Either of them: the path decides when the download begins.
    Either,
}

pub(super) type Name = Arc<dyn Fn(&FileInfo) -> String + Send + Sync>;

impl SaveTo {
    /// A file in this folder, under its [safe name](FileInfo::safe_name). Missing folders are made. They are removed
    /// again if nothing is saved.
    ///
    /// The name is known only after the download. So if it exists and may not be overwritten, the error comes after the
    /// download.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::new(Kind::Folder, path.into())
    }

    /// A file in this folder, under a name that is chosen when the file is complete. A name that leads to another folder
    /// is an error.
    pub fn folder_with(
        path: impl Into<PathBuf>,
        name: impl Fn(&FileInfo) -> String + Send + Sync + 'static,
    ) -> Self {
        Self { name: Some(Arc::new(name)), ..Self::folder(path) }
    }

    /// A file at this path, in a folder that exists.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Kind::File, path.into())
    }

    fn new(kind: Kind, path: PathBuf) -> Self {
        Self { kind, path, name: None, overwrite: false }
    }

    /// Whether an existing file is replaced: by default it is not.
    ///
    /// If the path is a symbolic link, the file that it leads to is replaced. A link to a missing file is itself replaced,
    /// and not followed.
    ///
    /// On Unix, the new file gets the read, write and execute bits of the file that it replaces. It does not get its owner,
    /// its group or its access control lists.
    #[must_use]
    pub fn overwrite(self, overwrite: bool) -> Self {
        Self { overwrite, ..self }
    }

    /// Sets the name of a file in a folder, unless the caller chooses it.
    pub(crate) fn or_named(mut self, name: impl Fn(&FileInfo) -> String + Send + Sync + 'static) -> Self {
        self.name.get_or_insert_with(|| Arc::new(name));
        self
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Resolves the path, and rejects what cannot succeed, before a call is spent on it.
    pub(crate) fn resolve(self) -> Result<Destination, ClientError> {
        let Self { kind, mut path, name, overwrite } = self;
        let is_folder = match kind {
            Kind::File => false,
            Kind::Folder => true,
            Kind::Either => path.as_os_str().is_empty() || ends_with_separator(&path) || path.is_dir(),
        };
        if is_folder && path.as_os_str().is_empty() {
            path = PathBuf::from(".");
        }
        let checked = if is_folder { check_folder(&path) } else { check(&path, overwrite) };
        let absolute = unfinished::check().and(checked).and_then(|()| path::absolute(&path));
        let place = if is_folder {
            Place::Folder(name.unwrap_or_else(|| Arc::new(FileInfo::safe_name)))
        } else {
            Place::File
        };
        match absolute {
            Ok(absolute) => Ok(Destination { path, absolute, place, overwrite }),
            Err(error) => Err(place.failure(&path, error)),
        }
    }
}

/// Whether a file can be saved in this folder, as far as can be seen.
fn check_folder(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => Err(not_a_folder()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(error),
        // A missing folder is made.
        Ok(_) | Err(_) => Ok(()),
    }
}

impl fmt::Debug for SaveTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::File => "file",
            Kind::Folder => "folder",
            Kind::Either => "path",
        };
        f.debug_struct("SaveTo")
            .field(kind, &self.path)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}

/// A folder if the path ends with a separator, is an existing folder, or is empty; otherwise a file.
impl<P: AsRef<Path>> From<P> for SaveTo {
    fn from(path: P) -> Self {
        Self::new(Kind::Either, path.as_ref().to_owned())
    }
}
