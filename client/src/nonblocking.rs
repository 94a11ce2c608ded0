//! The async client, over any [`AsyncTransport`].

use std::fmt;
#[cfg(feature = "tokio")]
use std::path::PathBuf;
use std::sync::Arc;

use futures_sink::Sink;
#[cfg(feature = "tokio")]
use tokio::io::AsyncWrite;
use wechat_material::bytes::Bytes;
use wechat_material::driver::{MaybeSend, MaybeSync, TokenWait};
use wechat_material::{
    Access, AccessToken, AsyncTransport, ClientError, CountMaterials, Endpoint, File, FileInfo, GetMaterial,
    ListMaterials, Material, MaterialCounts, MaterialType, Parsed,
};

mod drain;
mod drive;
mod list;
mod renewing;
mod runtime;
#[cfg(feature = "tokio")]
mod saving;
mod source;
mod tokens;

#[cfg(feature = "tokio")]
pub use self::drain::AsyncRewind;
pub use self::list::Materials;
#[cfg(feature = "tokio")]
pub use self::runtime::TokioRuntime;
pub use self::runtime::{BoxRuntime, Runtime, Sleep};
pub use self::source::{AsyncObtainToken, Obtaining, TokenSource};

use self::drain::{Chunks, Discard};
#[cfg(feature = "tokio")]
use self::drain::{Restartable, Writer};
#[cfg(feature = "tokio")]
use self::saving::Saving;
use self::tokens::Tokens;
use crate::builder::ClientBuilder;
use crate::inner;
#[cfg(feature = "tokio")]
use crate::save::{SaveTo, SavedFile};

/// What the calls of an async client share.
type Inner<T> = inner::Inner<T, dyn AsyncObtainToken, BoxRuntime>;

/// Makes calls with a token of its own: obtains it, renews it, and retries transient failures.
///
/// Cheap to clone; clones share the token and the connections, and can be used from any task. Its futures are `Send`, may
/// be dropped at any time, and need not be polled: whichever call needs the token drives its renewal. A panic in a
/// transport, a sink, a token source or a listener ends the call that it happened in; other calls go on.
///
/// ```
/// # use std::time::Duration;
/// # use wechat_material::{AccessToken, Material, TransportFn, driver::Moment, http};
/// # use wechat_material_client::{Runtime, Sleep};
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

inner::clone_and_debug!(Client);

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
    ) -> ClientBuilder<T, dyn AsyncObtainToken, BoxRuntime> {
        self.with_runtime(|_| BoxRuntime::new(runtime))
    }
}

impl<T, R> ClientBuilder<T, dyn AsyncObtainToken, R>
where
    T: AsyncTransport + MaybeSend + MaybeSync + 'static,
    R: Into<BoxRuntime>,
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
        ClientBuilder::new(source.into(), transport)
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
        self.drive::<_, FileInfo, _>(&get, &mut Writer::new(sink)).await.map(|parsed| parsed.output)
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
        self.drive::<_, FileInfo, _>(&get, &mut sink).await.map(|parsed| parsed.output)
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
    ///     println!("saved {}", saved.path.display());
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
        let mut saving = Saving::new(to.into()).await?;
        let get = GetMaterial::new(media_id);
        let material = match self.drive::<_, FileInfo, _>(&get, &mut saving).await {
            Ok(parsed) => parsed.output,
            Err(error) => return Err(saving.with_path(error)),
        };
        let path = match &material {
            Material::File(info) => saving.finish(info.clone()).await?,
            _ => PathBuf::new(),
        };
        Ok(material.map_file(|info| SavedFile::new(info, path)))
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
        E: Endpoint<Target = Access>,
        S: Sink<Bytes, Error: Into<crate::SourceError>> + Unpin + ?Sized,
    {
        self.drive::<_, FileInfo, _>(endpoint, &mut Chunks::new(sink)).await
    }

    /// All assets of a type. Each page is fetched when its first item is asked for; to see the pages themselves,
    /// [`call`](Self::call) [`ListMaterials`].
    ///
    /// Nothing is listed twice. The items end after an error. The stream keeps a clone of the client.
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
    pub async fn call<E: Endpoint<Target = Access>>(
        &self,
        endpoint: &E,
    ) -> Result<E::Output<File>, ClientError> {
        self.call_detailed(endpoint).await.map(|parsed| parsed.output)
    }

    /// Makes any call, with what showed the kind of its answer and what was repaired to read it.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn call_detailed<E: Endpoint<Target = Access>>(
        &self,
        endpoint: &E,
    ) -> Result<Parsed<E::Output<File>>, ClientError> {
        self.drive::<_, File, _>(endpoint, &mut Discard).await
    }

    /// The access token, for calls that this client does not make; obtained if there is none.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] and [`ClientError::TokenTimeout`].
    pub async fn access_token(&self) -> Result<AccessToken, ClientError> {
        let mut now = self.now();
        let mut wait = TokenWait::new(&self.inner.config.retry, now);
        loop {
            let mut leased = Ok(None);
            let renewal = self.lease(now, |tokens, now| {
                leased = wait.poll(tokens, now);
                matches!(leased, Ok(None)).then(|| wait.until())
            });
            if let Some((token, _)) = leased? {
                return Ok(token);
            }
            if let Some(renewal) = renewal {
                renewal.wait().await;
            }
            now = self.now();
        }
    }
}
