//! The async client, over any [`AsyncTransport`].

use std::fmt;
use std::sync::Arc;

use wechat_material::driver::{MaybeSend, MaybeSync, Runtime};
use wechat_material::{
    AsyncTransport, ClientError, CountMaterials, Endpoint, File, GetMaterial, ListMaterials, Material,
    MaterialCounts, MaterialType, Parsed,
};

mod download;
mod drain;
mod drive;
mod files;
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

use self::drain::Discard;
use self::tokens::Tokens;
use crate::builder::{ClientBuilder, NoRuntime};
use crate::inner;

/// What the calls of an async client share.
type Inner<T> = inner::Inner<T, dyn AsyncObtainToken, Arc<dyn Runtime>>;

/// The async client. It obtains and renews the access token, and retries transient failures.
///
/// A client is cheap to clone. Clones share the token and the connections, and can be used from any task. A panic in a
/// transport, a sink, a token source or a listener ends only the call that it happened in.
///
/// Its futures are `Send` and can be dropped at any time. A future that is not polled holds up no other call, as every call
/// that needs a token drives its renewal.
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
    /// Creates a client over the default transport, on tokio. It obtains the stable token with these credentials.
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
    /// Builds the client. Without the feature `tokio`, set a [`runtime`](ClientBuilder::runtime) first.
    pub fn build(self) -> Client<T> {
        let (inner, cache) = Inner::new(self.with_runtime(Into::into));
        Client { inner: Arc::new(inner), tokens: Arc::new(Tokens::new(cache)) }
    }
}

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Client<T> {
    /// Creates a builder for a client over any transport. The source of tokens is a [`TokenSource`], or
    /// [`Credentials`](wechat_material::Credentials) for the stable token.
    pub fn builder(source: impl Into<TokenSource>, transport: T) -> ClientBuilder<T, dyn AsyncObtainToken> {
        ClientBuilder::new(source.into(), transport, NoRuntime)
    }

    /// Fetches an asset. A file is returned with its bytes, up to 32 MiB unless the options set another limit; for larger
    /// files, see [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// [`ClientError`], after the last retry.
    pub async fn get_material(&self, media_id: &str) -> Result<Material, ClientError> {
        self.get_material_detailed(media_id).await.map(|parsed| parsed.output)
    }

    /// Fetches an asset, and also returns why the response was taken for JSON or for a file, and the repairs
    /// to its JSON.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub async fn get_material_detailed(&self, media_id: &str) -> Result<Parsed<Material>, ClientError> {
        self.call_detailed(&GetMaterial::new(media_id)).await
    }

    /// Lists all assets of a type. A page is fetched when its first item is needed. To get whole pages, pass
    /// [`ListMaterials`] to [`call`](Self::call).
    ///
    /// No asset is listed twice. The stream ends after an error. To have all items, or the first error, call
    /// [`try_collect`](Materials::try_collect).
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

    /// Lists the assets from a page on, in pages of its size.
    pub fn list_materials_from(&self, first: ListMaterials) -> Materials<T> {
        Materials::new(self.clone(), first)
    }

    /// Fetches how many assets there are of each type.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub async fn count_materials(&self) -> Result<MaterialCounts, ClientError> {
        self.call(&CountMaterials).await
    }

    /// Makes any call.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub async fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Output<File>, ClientError> {
        self.call_detailed(endpoint).await.map(|parsed| parsed.output)
    }

    /// Makes any call, and also returns why the response was taken for JSON or for a file, and the repairs to
    /// its JSON.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub async fn call_detailed<E: Endpoint>(
        &self,
        endpoint: &E,
    ) -> Result<Parsed<E::Output<File>>, ClientError> {
        let call = self.begin::<_, File>(endpoint);
        self.drive(call, &mut Discard).await.0.finish()
    }
}
