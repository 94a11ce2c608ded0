//! The async client, over any [`AsyncTransport`].

use std::fmt;
use std::sync::Arc;

use futures_sink::Sink;
#[cfg(feature = "tokio")]
use tokio::io::AsyncWrite;
use wechat_material::bytes::Bytes;
use wechat_material::driver::{MaybeSend, MaybeSync, Runtime};
use wechat_material::{
    Access, AsyncTransport, ClientError, CountMaterials, Endpoint, File, FileInfo, GetMaterial,
    ListMaterials, Material, MaterialCounts, MaterialType, Parsed,
};

mod drain;
mod drive;
mod list;
mod renewing;
#[cfg(feature = "tokio")]
mod runtime;
mod shared_token;
mod source;
mod tokens;

#[cfg(feature = "tokio")]
pub use self::drain::AsyncRewind;
pub use self::list::Materials;
#[cfg(feature = "tokio")]
pub use self::runtime::TokioRuntime;
pub use self::source::{AsyncObtainToken, Obtaining, TokenSource};

use self::drain::{Chunks, Discard};
#[cfg(feature = "tokio")]
use self::drain::{Restartable, Writer};
use self::tokens::Tokens;
use crate::builder::{ClientBuilder, NoRuntime};
use crate::inner;

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
}
