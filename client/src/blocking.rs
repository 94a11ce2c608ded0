//! The blocking client, over any [`Transport`].

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use wechat_material::driver::Clock;
use wechat_material::{
    Access, ClientError, CountMaterials, Credentials, Endpoint, File, FileInfo, GetMaterial, ListMaterials,
    Material, MaterialCounts, MaterialType, Parsed, Transport,
};

mod clock;
mod drive;
mod list;
mod shared_token;
mod sink;
mod source;
mod tokens;

pub use self::clock::SystemClock;
pub use self::list::Materials;
pub use self::sink::Rewind;
pub use self::source::{ObtainToken, TokenSource};

use self::sink::Sink;
use self::tokens::Tokens;
use crate::builder;
use crate::inner::{self, Inner};

/// What a blocking [`Client`] is made of.
pub type ClientBuilder<T> = builder::ClientBuilder<T, dyn ObtainToken, Arc<dyn Clock>>;

/// Makes calls with a token of its own: obtains it, renews it, and retries transient failures.
///
/// Cheap to clone; clones share the token and the connections, and can be used from any thread. A panic in a transport,
/// a sink, a token source or a listener ends the call that it happened in; other calls go on.
///
/// ```no_run
/// use wechat_material::{Credentials, Material, MaterialType};
/// use wechat_material_client::blocking::Client;
/// # use wechat_material::{BoxTransport, TransportFn};
/// # fn my_transport() -> BoxTransport { unimplemented!() }
///
/// let credentials = Credentials::new("wx0123456789abcdef", std::env::var("WECHAT_APP_SECRET")?);
/// let client = Client::builder(credentials, my_transport()).build();
/// for item in client.list_materials(MaterialType::Image) {
///     let item = item?;
///     if let Material::File(file) = client.get_material(&item.media_id)? {
///         std::fs::write(file.info.safe_name(), file.bytes)?;
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Client<T> {
    inner: Arc<Inner<T, dyn ObtainToken, Arc<dyn Clock>>>,
    tokens: Arc<Tokens>,
}

inner::sharing!(Client);

impl<T: Transport + Default> Client<T> {
    /// A client over the default transport, which obtains the stable token with these credentials.
    pub fn new(credentials: Credentials) -> Self {
        Self::builder(credentials, T::default()).build()
    }
}

impl<T: Transport> ClientBuilder<T> {
    /// The client.
    pub fn build(self) -> Client<T> {
        let (inner, cache) = Inner::new(self);
        Client { inner: Arc::new(inner), tokens: Arc::new(Tokens::new(cache)) }
    }
}

impl<T: Transport> Client<T> {
    /// A client over any transport, with settings to follow. The source of tokens is a [`TokenSource`], or
    /// [`Credentials`] for the stable token.
    pub fn builder(source: impl Into<TokenSource>, transport: T) -> ClientBuilder<T> {
        ClientBuilder::new(source.into(), transport, Arc::new(SystemClock::new()))
    }

    /// Fetches an asset.
    ///
    /// # Errors
    ///
    /// [`ClientError`], after everything that could be done.
    pub fn get_material(&self, media_id: &str) -> Result<Material, ClientError> {
        self.get_material_detailed(media_id).map(|parsed| parsed.output)
    }

    /// Fetches an asset, with what showed its kind and what was repaired to read it.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub fn get_material_detailed(&self, media_id: &str) -> Result<Parsed<Material>, ClientError> {
        self.call_detailed(&GetMaterial::new(media_id))
    }

    /// Fetches an asset, and writes it into `sink` as it arrives if it is a file. Articles and videos are returned as
    /// from any call, and nothing is written.
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
    pub fn download(
        &self,
        media_id: &str,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError> {
        self.call_into(&GetMaterial::new(media_id), sink).map(|parsed| parsed.output)
    }

    /// As [`download`](Self::download), but what breaks off is taken back from the sink and retried.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download). The sink holds nothing of the file then, unless it failed itself.
    pub fn download_with_restarts(
        &self,
        media_id: &str,
        sink: &mut (impl Rewind + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError> {
        let mut sink = Sink::restartable(sink)?;
        self.drive::<_, FileInfo, _>(&GetMaterial::new(media_id), &mut sink).map(|parsed| parsed.output)
    }

    /// All assets of a type. Each page is fetched when its first item is asked for; to see the pages themselves,
    /// [`call`](Self::call) [`ListMaterials`].
    ///
    /// Nothing is listed twice. The items end after an error. To have them all, or the first error:
    ///
    /// ```
    /// # use wechat_material::{AccessToken, ClientError, MaterialItem, MaterialType, TransportFn, http};
    /// # use wechat_material_client::blocking::{Client, TokenSource};
    /// # let page = br#"{"item":[{"media_id":"A"},{"media_id":"B"}],"total_count":2,"item_count":2}"#;
    /// # let my_transport = TransportFn::new(|_| Ok::<_, std::io::Error>(http::Response::new(page.to_vec())));
    /// # let client = Client::builder(TokenSource::fixed(AccessToken::new("81_Zx3")), my_transport).build();
    /// let items = client.list_materials(MaterialType::Image).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(items.len(), 2);
    /// # Ok::<(), ClientError>(())
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
    pub fn count_materials(&self) -> Result<MaterialCounts, ClientError> {
        self.call(&CountMaterials)
    }

    /// Makes any call.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub fn call<E: Endpoint<Target = Access>>(&self, endpoint: &E) -> Result<E::Output<File>, ClientError> {
        self.call_detailed(endpoint).map(|parsed| parsed.output)
    }

    /// Makes any call, with what showed the kind of its answer and what was repaired to read it.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub fn call_detailed<E: Endpoint<Target = Access>>(
        &self,
        endpoint: &E,
    ) -> Result<Parsed<E::Output<File>>, ClientError> {
        self.drive::<_, File, _>(endpoint, &mut Sink::new(&mut std::io::sink()))
    }

    /// Makes any call, and writes what it answers with into `sink` as it arrives if that is a file: see
    /// [`download`](Self::download).
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
    pub fn call_into<E: Endpoint<Target = Access>>(
        &self,
        endpoint: &E,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<Parsed<E::Output<FileInfo>>, ClientError> {
        self.drive::<_, FileInfo, _>(endpoint, &mut Sink::new(sink))
    }
}
