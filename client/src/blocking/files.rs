//! Calls whose answer can be a file: written into a sink, opened, or saved.

use std::io::Write;
use std::path::PathBuf;

use wechat_material::{
    ClientError, Endpoint, FileInfo, GetMaterial, GetVideo, Material, Parsed, Transport, Video,
};

use super::sink::{Rewind, Sink};
use super::{Client, Download};
use crate::save::{SaveTo, SavedFile, Saving};

impl<T: Transport> Client<T> {
    /// Fetches an asset. If it is a file, it is written into `sink` as it arrives. Articles and videos are
    /// returned as [`get_material`](Self::get_material) returns them, and nothing is written.
    ///
    /// A byte is written only after it is certain that it belongs to a file. Memory is constant over a transport that
    /// streams. A file may have any length unless the options limit it, and may take any time as long as bytes arrive.
    ///
    /// A failure before the first byte is written is retried, including a refused token. A later failure is
    /// not, as only the caller knows what to do with half a file. For sinks that can start over,
    /// [`download_with_restarts`](Self::download_with_restarts) retries it too.
    ///
    /// # Errors
    ///
    /// [`ClientError`], which says how many bytes were written before.
    pub fn download(
        &self,
        media_id: &str,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError> {
        self.call_into(&GetMaterial::new(media_id), sink).map(|parsed| parsed.output)
    }

    /// Like [`download`](Self::download), but if a download is interrupted, its bytes are removed from the
    /// sink and the call is retried.
    ///
    /// # Errors
    ///
    /// See [`download`](Self::download). After an error the sink holds nothing of the file, unless the sink itself failed.
    pub fn download_with_restarts(
        &self,
        media_id: &str,
        sink: &mut (impl Rewind + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError> {
        let mut sink = Sink::restartable(sink)?;
        let get = GetMaterial::new(media_id);
        let call = self.begin::<_, FileInfo>(&get);
        self.drive(call, &mut sink).0.finish().map(|parsed| parsed.output)
    }

    /// Fetches an asset, and returns as soon as its kind is known. A file is a [`Download`] then: its name,
    /// type and length, and its bytes as a reader. Articles and videos are returned as
    /// [`get_material`](Self::get_material) returns them.
    ///
    /// Failures before the first bytes of the file are retried, later ones are not.
    ///
    /// ```no_run
    /// # use wechat_material::{BoxTransport, Material};
    /// # fn example(client: wechat_material_client::blocking::Client<BoxTransport>) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Material::File(mut file) = client.open("61224425")? {
    ///     println!("{} ({:?} bytes)", file.info().safe_name(), file.info().length);
    ///     std::io::copy(&mut file, &mut std::io::stdout())?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub fn open(&self, media_id: &str) -> Result<Material<Download<T>>, ClientError> {
        self.call_open(&GetMaterial::new(media_id)).map(|parsed| parsed.output)
    }

    /// Follows a video's link to its file, and writes the file into `sink` as it arrives. See
    /// [`open_video`](Self::open_video).
    ///
    /// # Errors
    ///
    /// See [`download`](Self::download).
    pub fn download_video(
        &self,
        video: &Video,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<FileInfo, ClientError> {
        self.call_into(&GetVideo::new(video), sink).map(|parsed| parsed.output)
    }

    /// Follows a video's link to its file, and returns as soon as the file's first bytes have arrived. The request does not
    /// contain the access token.
    ///
    /// If the link leads to a page instead of a file, the error says so. Only links to public addresses are followed, unless
    /// [`address_policy`](crate::ClientBuilder::address_policy) allows others.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub fn open_video(&self, video: &Video) -> Result<Download<T>, ClientError> {
        self.call_open(&GetVideo::new(video)).map(|parsed| parsed.output)
    }

    /// Fetches an asset, and saves it if it is a file. A file is saved whole or not at all. Articles and
    /// videos are returned as [`get_material`](Self::get_material) returns them, and nothing is saved.
    ///
    /// `to` is the path of a file (`"cover.jpg"`); a folder (`"pictures/"`), where the file gets its
    /// [safe name](FileInfo::safe_name); or any other [`SaveTo`]. The file is written under a temporary name in
    /// the same folder, flushed to the disk and renamed. If the download is interrupted, it starts over.
    /// Neither a file nor a folder is created before the first byte of a file has arrived, and a download that
    /// fails leaves nothing. To clean up when the process is asked to end, see
    /// [`remove_unfinished_downloads`](crate::remove_unfinished_downloads).
    ///
    /// ```no_run
    /// # use wechat_material::{BoxTransport, Material};
    /// # fn example(client: wechat_material_client::blocking::Client<BoxTransport>) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Material::File(saved) = client.download_to("61224425", "pictures/")? {
    ///     println!("{} ({:?})", saved.path.display(), saved.info.file_type());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::Save`] if the file cannot be saved. Before the call, this method checks that the path can be used and
    /// that a [file](SaveTo::file) does not exist yet. Later it fails if the file's name exists already in its
    /// [folder](SaveTo::folder), or if the disk is full or does not permit writing. For other errors, see
    /// [`get_material`](Self::get_material).
    pub fn download_to(
        &self,
        media_id: &str,
        to: impl Into<SaveTo>,
    ) -> Result<Material<SavedFile>, ClientError> {
        let (material, saving) = self.save(&GetMaterial::new(media_id), to.into())?;
        let path = match &material {
            Material::File(info) => saving.finish(info)?,
            _ => PathBuf::new(),
        };
        Ok(material.map_file(|info| SavedFile::new(info, path)))
    }

    /// Follows a video's link to its file, and saves the file as [`download_to`](Self::download_to) does. See
    /// [`open_video`](Self::open_video).
    ///
    /// In a folder, the file is named after the title of the video ([`FileInfo::safe_asset_name`]), unless
    /// [`SaveTo::folder_with`] chooses the name. Two videos can have the same title.
    ///
    /// # Errors
    ///
    /// See [`download_to`](Self::download_to). If the folder has a file with the name of the video, the error comes after the whole
    /// download, as the extension is not known before.
    pub fn download_video_to(&self, video: &Video, to: impl Into<SaveTo>) -> Result<SavedFile, ClientError> {
        let to = to.into().or_named(FileInfo::safe_asset_name);
        let (info, saving) = self.save(&GetVideo::new(video), to)?;
        let path = saving.finish(&info)?;
        Ok(SavedFile::new(info, path))
    }

    fn save<E: Endpoint>(
        &self,
        endpoint: &E,
        to: SaveTo,
    ) -> Result<(E::Output<FileInfo>, Saving), ClientError> {
        let mut saving = Saving::new(to)?;
        let mut sink = Sink::restartable(&mut saving)?;
        let call = self.begin::<_, FileInfo>(endpoint);
        match self.drive(call, &mut sink).0.finish() {
            Ok(parsed) => Ok((parsed.output, saving)),
            Err(error) => Err(saving.with_path(error)),
        }
    }

    /// Makes any call. If the answer is a file, it is written into `sink` as it arrives: see [`download`](Self::download).
    ///
    /// # Errors
    ///
    /// See [`download`](Self::download).
    pub fn call_into<E: Endpoint>(
        &self,
        endpoint: &E,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<Parsed<E::Output<FileInfo>>, ClientError> {
        let call = self.begin::<_, FileInfo>(endpoint);
        self.drive(call, &mut Sink::new(sink)).0.finish()
    }

    /// Makes any call, and returns as soon as the kind of its answer is known: see [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub fn call_open<E: Endpoint>(
        &self,
        endpoint: &E,
    ) -> Result<Parsed<E::Output<Download<T>>>, ClientError> {
        let call = self.inner.opening_call(endpoint, self.now());
        let (mut call, body) = self.drive(call, &mut Sink::new(&mut std::io::sink()));
        call.handle_open(|file| Download::new(self.clone(), file, body), self.now());
        self.inner.report(|| call.next_event());
        call.finish()
    }
}
