//! The async client, over any [`AsyncTransport`].

use std::fmt;
#[cfg(feature = "tokio")]
use std::path::PathBuf;
use std::sync::Arc;

use futures_sink::Sink;
#[cfg(feature = "tokio")]
use tokio::io::AsyncWrite;
use wechat_material::bytes::Bytes;
use wechat_material::driver::{MaybeSend, MaybeSync, Runtime};
use wechat_material::{
    AsyncTransport, ClientError, CountMaterials, Endpoint, File, FileInfo, GetMaterial, GetVideo,
    ListMaterials, Material, MaterialCounts, MaterialType, Parsed, Video,
};

mod download;
mod drain;
mod drive;
mod list;
mod renewing;
#[cfg(feature = "tokio")]
mod runtime;
#[cfg(feature = "tokio")]
mod saving;
mod send;
mod shared_token;
mod source;
mod tokens;

pub use self::download::Download;
#[cfg(feature = "tokio")]
pub use self::drain::AsyncRewind;
pub use self::list::Materials;
#[cfg(feature = "tokio")]
pub use self::runtime::TokioRuntime;
pub use self::source::{AsyncObtainToken, Obtaining, TokenSource};

use self::drain::{Chunks, Discard};
#[cfg(feature = "tokio")]
use self::drain::{Restartable, Writer};
#[cfg(feature = "tokio")]
use self::saving::Saving;
use self::tokens::Tokens;
use crate::builder::{ClientBuilder, NoRuntime};
use crate::inner;
#[cfg(feature = "tokio")]
use crate::save::{SaveTo, SavedFile};

/// What the calls of an async client share.
type Inner<T> = inner::Inner<T, dyn AsyncObtainToken, Arc<dyn Runtime>>;

/// Makes calls with a token of its own: obtains it, renews it, and retries transient failures.
///
/// Cheap to clone; clones share the token and the connections, and can be used from any task. Its futures are `Send`, may
/// be dropped at any time, and need not be polled: whichever call needs the token drives its renewal. A panic in a
/// transport, a sink, a token source or a listener ends the call that it happened in; other calls go on.
///
/// ```
/// # use std::time::Duration;
/// # use wechat_material::{AccessToken, Material, TransportFn, driver::{Moment, Runtime, Sleep}, http};
/// # struct MyRuntime;
/// # impl Runtime for MyRuntime {
/// #     fn now(&self) -> Moment { Moment::default() }
/// #     fn sleep(&self, _time: Duration) -> Sleep { Box::pin(std::future::pending()) }
/// # }
/// # async fn my_http(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, std::io::Error> {
/// #     Ok(http::Response::new(b"\xFF\xD8\xFF\xE0".to_vec()))
/// # }
/// use wechat_material_client::{Client, TokenSource};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let source = TokenSource::fixed(AccessToken::new("81_Zx3"));
/// let transport = TransportFn::new(|request| my_http(request));
/// let client = Client::builder(source, transport).runtime(MyRuntime).build();
/// let Material::File(file) = client.get_material("61224425").await? else { panic!("not a file") };
/// assert_eq!(file.info.extension(), Some("jpg"));
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
pub struct Client<T> {
    inner: Arc<Inner<T>>,
    tokens: Arc<Tokens>,
}

inner::sharing!(Client);

#[cfg(feature = "tokio")]
impl<T: AsyncTransport + Default + MaybeSend + MaybeSync + 'static> Client<T> {
    /// A client over the default transport, on tokio, which obtains the stable token with these credentials.
    pub fn new(credentials: wechat_material::Credentials) -> Self {
        Self::builder(credentials, T::default()).build()
    }
}

impl<T> ClientBuilder<T, dyn AsyncObtainToken> {
    /// Sets the clock and the timer of the client.
    pub fn runtime(
        self,
        runtime: impl Runtime + 'static,
    ) -> ClientBuilder<T, dyn AsyncObtainToken, Arc<dyn Runtime>> {
        self.with_runtime(|_| Arc::new(runtime) as Arc<dyn Runtime>)
    }
}

impl<T, R> ClientBuilder<T, dyn AsyncObtainToken, R>
where
    T: AsyncTransport + MaybeSend + MaybeSync + 'static,
    R: Into<Arc<dyn Runtime>>,
{
    /// The client. Without the feature `tokio`, a [`runtime`](ClientBuilder::runtime) has to be set before.
    pub fn build(self) -> Client<T> {
        let (inner, cache) = Inner::new(self.with_runtime(Into::into));
        Client { inner: Arc::new(inner), tokens: Arc::new(Tokens::new(cache)) }
    }
}

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    /// A client over any transport, with settings to follow. The source of tokens is a [`TokenSource`], or
    /// [`Credentials`](wechat_material::Credentials) for the stable token.
    pub fn builder(source: impl Into<TokenSource>, transport: T) -> ClientBuilder<T, dyn AsyncObtainToken> {
        ClientBuilder::new(source.into(), transport, NoRuntime)
    }

    /// Fetches an asset.
    ///
    /// # Errors
    ///
    /// [`ClientError`], after everything that could be done.
    pub async fn get_material(&self, media_id: &str) -> Result<Material, ClientError> {
        self.get_material_detailed(media_id).await.map(|parsed| parsed.output)
    }

    /// Fetches an asset, with what showed its kind and what was repaired to read it.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn get_material_detailed(&self, media_id: &str) -> Result<Parsed<Material>, ClientError> {
        self.call_detailed(&GetMaterial::new(media_id)).await
    }

    /// Fetches an asset, and writes it into `sink` as it arrives if it is a file. Articles and videos are returned as
    /// from any call, and nothing is written. The sink is flushed at the end, and not shut down.
    ///
    /// No byte is written before it is sure that it belongs to a file. Memory is constant over a transport that streams.
    /// A file may have any length unless the options limit it, and may take any time as long as it arrives.
    ///
    /// What fails before a byte was written is retried, a refused token included. What breaks off later is not, as only
    /// the caller knows what to do with half a file: [`download_with_restarts`](Self::download_with_restarts) retries
    /// that too, for sinks that can start over.
    ///
    /// # Errors
    ///
    /// [`ClientError`], which says how much was written before.
    #[cfg(feature = "tokio")]
    pub async fn download(
        &self,
        media_id: &str,
        sink: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError> {
        let get = GetMaterial::new(media_id);
        let call = self.begin::<_, FileInfo>(&get);
        self.drive(call, &mut Writer::new(sink)).await.0.finish().map(|parsed| parsed.output)
    }

    /// As [`download`](Self::download), but what breaks off is taken back from the sink and retried. What was written
    /// stays in the sink if the future is dropped.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download). The sink holds nothing of the file then, unless it failed itself.
    #[cfg(feature = "tokio")]
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

    /// Fetches the file that a video's link leads to, without the access token, and writes it into `sink` as it
    /// arrives. See [`open_video`](Self::open_video).
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
    #[cfg(feature = "tokio")]
    pub async fn download_video(
        &self,
        video: &Video,
        sink: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<FileInfo, ClientError> {
        let get = GetVideo::new(video);
        let call = self.begin::<_, FileInfo>(&get);
        self.drive(call, &mut Writer::new(sink)).await.0.finish().map(|parsed| parsed.output)
    }

    /// Fetches an asset, and returns as soon as its kind is known. A file is a [`Download`] then: what is known of it, and
    /// its bytes as a stream. Articles and videos are returned as from any call.
    ///
    /// Everything up to the first bytes of the file is retried; nothing after them is.
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
    /// As [`get_material`](Self::get_material).
    pub async fn open(&self, media_id: &str) -> Result<Material<Download<T>>, ClientError> {
        self.call_open(&GetMaterial::new(media_id)).await.map(|parsed| parsed.output)
    }

    /// Follows a video's link to its file, without the access token, and returns as soon as the file's first bytes are
    /// there.
    ///
    /// A link to a page is an error that says so, and so is a page in place of a file. Only public addresses are
    /// followed, unless [`address_policy`](ClientBuilder::address_policy) allows others.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn open_video(&self, video: &Video) -> Result<Download<T>, ClientError> {
        self.call_open(&GetVideo::new(video)).await.map(|parsed| parsed.output)
    }

    /// Makes any call, and returns as soon as the kind of its answer is known: see [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn call_open<E: Endpoint>(
        &self,
        endpoint: &E,
    ) -> Result<Parsed<E::Output<Download<T>>>, ClientError> {
        let call = self.inner.opening_call(endpoint, self.now());
        let (call, body) = self.drive(call, &mut Discard).await;
        call.open(|file| Download::new(self.clone(), file, body))
    }

    /// Fetches an asset, and saves it if it is a file, complete or not at all. Articles and videos are returned as from
    /// any call, and nothing is saved.
    ///
    /// `to` is a folder (`"pictures/"`), in which the file gets its [safe name](FileInfo::safe_name), or any other
    /// [`SaveTo`]. The file is written under a temporary name beside its place, flushed to the disk and renamed. What
    /// breaks off is started over. Nothing is made before the first byte of a file has arrived, and nothing is left of
    /// a download that fails or whose future is dropped; for a process that is asked to end, see
    /// [`remove_unfinished_downloads`](crate::remove_unfinished_downloads).
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
    /// [`ClientError::Save`] if the file cannot be saved: a [file](SaveTo::file) that exists or a path that cannot be
    /// used before a call is made, all else when it happens. Other [`ClientError`]s as of any call.
    #[cfg(feature = "tokio")]
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

    /// Follows a video's link to its file, without the access token, and saves it as [`download_to`](Self::download_to)
    /// does: in a folder, it is named after the video. See [`open_video`](Self::open_video).
    ///
    /// # Errors
    ///
    /// As [`download_to`](Self::download_to).
    #[cfg(feature = "tokio")]
    pub async fn download_video_to(
        &self,
        video: &Video,
        to: impl Into<SaveTo>,
    ) -> Result<SavedFile, ClientError> {
        let (info, saving) = self.save(&GetVideo::new(video), to.into()).await?;
        let path = saving.finish(info.clone()).await?;
        Ok(SavedFile::new(info, path))
    }

    #[cfg(feature = "tokio")]
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

    /// Makes any call, and hands what it answers with to a [`Sink`] of chunks as it arrives if that is a file: a channel,
    /// or a body that is sent elsewhere. The sink is flushed at the end, and not closed.
    ///
    /// What breaks off after the first chunk is not retried.
    ///
    /// # Errors
    ///
    /// [`ClientError`], which says how much the sink took before.
    pub async fn call_into<E, S>(
        &self,
        endpoint: &E,
        sink: &mut S,
    ) -> Result<Parsed<E::Output<FileInfo>>, ClientError>
    where
        E: Endpoint,
        S: Sink<Bytes, Error: Into<crate::SourceError>> + Unpin + ?Sized,
    {
        let call = self.begin::<_, FileInfo>(endpoint);
        self.drive(call, &mut Chunks::new(sink)).await.0.finish()
    }

    /// All assets of a type. Each page is fetched when its first item is asked for; to see the pages themselves,
    /// [`call`](Self::call) [`ListMaterials`].
    ///
    /// Nothing is listed twice. The items end after an error. The stream keeps a clone of the client.
    ///
    /// ```
    /// # use wechat_material::{AsyncTransport, ClientError, MaterialType, driver::{MaybeSend, MaybeSync}};
    /// # async fn example<T>(client: wechat_material_client::Client<T>) -> Result<(), ClientError>
    /// # where T: AsyncTransport + MaybeSend + MaybeSync + 'static {
    /// let mut pictures = client.list_materials(MaterialType::Image);
    /// while let Some(picture) = pictures.next().await {
    ///     println!("{}", picture?.media_id);
    /// }
    /// let voices = client.list_materials(MaterialType::Voice).try_collect().await?;
    /// println!("{} voice messages", voices.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_materials(&self, material_type: MaterialType) -> Materials<T> {
        self.list_materials_from(ListMaterials::new(material_type))
    }

    /// All assets from a page on, with pages of its size.
    pub fn list_materials_from(&self, first: ListMaterials) -> Materials<T> {
        Materials::new(self.clone(), first)
    }

    /// How many assets there are.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn count_materials(&self) -> Result<MaterialCounts, ClientError> {
        self.call(&CountMaterials).await
    }

    /// Makes any call.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Output<File>, ClientError> {
        self.call_detailed(endpoint).await.map(|parsed| parsed.output)
    }

    /// Makes any call, with what showed the kind of its answer and what was repaired to read it.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn call_detailed<E: Endpoint>(
        &self,
        endpoint: &E,
    ) -> Result<Parsed<E::Output<File>>, ClientError> {
        let call = self.begin::<_, File>(endpoint);
        self.drive(call, &mut Discard).await.0.finish()
    }
}
