//! Calls whose answer can be a file: written into a sink, opened, or saved.

#[cfg(feature = "tokio")]
use std::path::PathBuf;

use futures_sink::Sink;
#[cfg(feature = "tokio")]
use tokio::io::AsyncWrite;
use wechat_material::bytes::Bytes;
use wechat_material::driver::{MaybeSend, MaybeSync};
use wechat_material::{
    AsyncTransport, ClientError, Endpoint, FileInfo, GetMaterial, GetVideo, Material, Parsed, Video,
};

#[cfg(feature = "tokio")]
use super::drain::{AsyncRewind, Restartable, Writer};
use super::drain::{Chunks, Discard};
#[cfg(feature = "tokio")]
use super::saving::Saving;
use super::{Client, Download};
#[cfg(feature = "tokio")]
use crate::save::{SaveTo, SavedFile};
use crate::source::SourceError;

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    /// Fetches an asset, and returns as soon as its kind is known. A file is a [`Download`] then: its name,
    /// type and length, and its bytes as a stream. Articles and videos are returned as
    /// [`get_material`](Self::get_material) returns them.
    ///
    /// Failures before the first bytes of the file are retried, later ones are not.
    ///
    /// ```no_run
    /// # use wechat_material::{BoxAsyncTransport, Material};
    /// # async fn example(client: wechat_material_client::Client<BoxAsyncTransport>) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Material::File(mut file) = client.open("61224425").await? {
    ///     println!("{} ({:?} bytes)", file.info().safe_name(), file.info().length);
    ///     while let Some(chunk) = file.chunk().await {
    ///         println!("{} bytes more", chunk?.len());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub async fn open(&self, media_id: &str) -> Result<Material<Download<T>>, ClientError> {
        self.call_open(&GetMaterial::new(media_id)).await.map(|parsed| parsed.output)
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
    pub async fn open_video(&self, video: &Video) -> Result<Download<T>, ClientError> {
        self.call_open(&GetVideo::new(video)).await.map(|parsed| parsed.output)
    }

    /// Makes any call, and returns as soon as the kind of its answer is known: see [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub async fn call_open<E: Endpoint>(
        &self,
        endpoint: &E,
    ) -> Result<Parsed<E::Output<Download<T>>>, ClientError> {
        let call = self.inner.opening_call(endpoint, self.now());
        let (mut call, body) = self.drive(call, &mut Discard).await;
        call.handle_open(|file| Download::new(self.clone(), file, body), self.now());
        self.inner.report(|| call.next_event());
        call.finish()
    }

    /// Makes any call. If the answer is a file, its chunks are sent to a [`Sink`] as they arrive: a channel, or the body of
    /// another request. The sink is flushed at the end, and not closed.
    ///
    /// A failure after the first chunk is not retried.
    ///
    /// # Errors
    ///
    /// [`ClientError`], which says how many bytes the sink accepted before.
    pub async fn call_into<E, S>(
        &self,
        endpoint: &E,
        sink: &mut S,
    ) -> Result<Parsed<E::Output<FileInfo>>, ClientError>
    where
        E: Endpoint,
        S: Sink<Bytes, Error: Into<SourceError>> + Unpin + ?Sized,
    {
        let call = self.begin::<_, FileInfo>(endpoint);
        self.drive(call, &mut Chunks::new(sink)).await.0.finish()
    }
}

#[cfg(feature = "tokio")]
impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    /// Fetches an asset. If it is a file, it is written into `sink` as it arrives. Articles and videos are
    /// returned as [`get_material`](Self::get_material) returns them, and nothing is written. The sink is
    /// flushed at the end, and not shut down.
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
    pub async fn download(
        &self,
        media_id: &str,
        sink: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError> {
        let get = GetMaterial::new(media_id);
        let call = self.begin::<_, FileInfo>(&get);
        self.drive(call, &mut Writer::new(sink)).await.0.finish().map(|parsed| parsed.output)
    }

    /// Like [`download`](Self::download), but if a download is interrupted, its bytes are removed from the
    /// sink and the call is retried. If the future is dropped, the bytes that were written stay in the sink.
    ///
    /// # Errors
    ///
    /// See [`download`](Self::download). After an error the sink holds nothing of the file, unless the sink itself failed.
    pub async fn download_with_restarts(
        &self,
        media_id: &str,
        sink: &mut (impl AsyncRewind + Unpin + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError> {
        let mut sink = Restartable::new(sink).await?;
        let get = GetMaterial::new(media_id);
        let call = self.begin::<_, FileInfo>(&get);
        self.drive(call, &mut sink).await.0.finish().map(|parsed| parsed.output)
    }

    /// Follows a video's link to its file, and writes the file into `sink` as it arrives. See
    /// [`open_video`](Self::open_video).
    ///
    /// # Errors
    ///
    /// See [`download`](Self::download).
    pub async fn download_video(
        &self,
        video: &Video,
        sink: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<FileInfo, ClientError> {
        let get = GetVideo::new(video);
        let call = self.begin::<_, FileInfo>(&get);
        self.drive(call, &mut Writer::new(sink)).await.0.finish().map(|parsed| parsed.output)
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
    /// If the future is dropped, no incomplete file is left, and nothing is saved afterwards. If it is dropped in its very
    /// last moment, when the file already has its name, the complete file stays. A temporary file that a thread is creating
    /// at that moment is removed as soon as it has been created.
    ///
    /// Files are written on tokio's threads for blocking work: await this in a tokio runtime.
    ///
    /// ```no_run
    /// # use wechat_material::{BoxAsyncTransport, Material};
    /// # async fn example(client: wechat_material_client::Client<BoxAsyncTransport>) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Material::File(saved) = client.download_to("61224425", "pictures/").await? {
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
    pub async fn download_to(
        &self,
        media_id: &str,
        to: impl Into<SaveTo>,
    ) -> Result<Material<SavedFile>, ClientError> {
        let (material, saving) = self.save(&GetMaterial::new(media_id), to.into()).await?;
        let path = match &material {
            Material::File(info) => saving.finish(info.clone()).await?,
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
    pub async fn download_video_to(
        &self,
        video: &Video,
        to: impl Into<SaveTo>,
    ) -> Result<SavedFile, ClientError> {
        let to = to.into().or_named(FileInfo::safe_asset_name);
        let (info, saving) = self.save(&GetVideo::new(video), to).await?;
        let path = saving.finish(info.clone()).await?;
        Ok(SavedFile::new(info, path))
    }

    async fn save<E: Endpoint>(
        &self,
        endpoint: &E,
        to: SaveTo,
    ) -> Result<(E::Output<FileInfo>, Saving), ClientError> {
        let mut saving = Saving::new(to).await?;
        let call = self.begin::<_, FileInfo>(endpoint);
        match self.drive(call, &mut saving).await.0.finish() {
            Ok(parsed) => Ok((parsed.output, saving)),
            Err(error) => Err(saving.with_path(error)),
        }
    }
}
