//! The blocking client, over any [`Transport`].

use std::fmt;
use std::sync::Arc;

use wechat_material::driver::Clock;
use wechat_material::{
    ClientError, CountMaterials, Credentials, Endpoint, File, GetMaterial, ListMaterials, Material,
    MaterialCounts, MaterialType, Parsed, Transport,
};

mod clock;
mod download;
mod drive;
mod files;
mod list;
mod send;
mod shared_token;
mod sink;
mod source;
mod tokens;

pub use self::clock::SystemClock;
pub use self::download::Download;
pub use self::list::Materials;
pub use self::sink::Rewind;
pub use self::source::{ObtainToken, TokenSource};

use self::sink::Sink;
use self::tokens::Tokens;
use crate::builder;
use crate::inner::{self, Inner};

/// The settings of a blocking [`Client`].
pub type ClientBuilder<T> = builder::ClientBuilder<T, dyn ObtainToken, Arc<dyn Clock>>;

/// The blocking client. It obtains and renews the access token, and retries transient failures.
///
/// A client is cheap to clone. Clones share the token and the connections, and can be used from any thread. A panic in a
/// transport, a sink, a token source or a listener ends only the call that it happened in.
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
    /// Creates a client over the default transport. It obtains the stable token with these credentials.
    pub fn new(credentials: Credentials) -> Self {
        Self::builder(credentials, T::default()).build()
    }
}

impl<T: Transport> ClientBuilder<T> {
    /// Builds the client.
    pub fn build(self) -> Client<T> {
        let (inner, cache) = Inner::new(self);
        Client { inner: Arc::new(inner), tokens: Arc::new(Tokens::new(cache)) }
    }
}

impl<T: Transport> Client<T> {
    /// Creates a builder for a client over any transport. The source of tokens is a [`TokenSource`], or [`Credentials`] for
    /// the stable token.
    pub fn builder(source: impl Into<TokenSource>, transport: T) -> ClientBuilder<T> {
        ClientBuilder::new(source.into(), transport, Arc::new(SystemClock::new()))
    }

    /// Fetches an asset. A file is returned with its bytes, up to 32 MiB unless the options set another limit; for larger
    /// files, see [`download`](Self::download).
    ///
    /// # Errors
    ///
    /// [`ClientError`], after the last retry.
    pub fn get_material(&self, media_id: &str) -> Result<Material, ClientError> {
        self.get_material_detailed(media_id).map(|parsed| parsed.output)
    }

    /// Fetches an asset, and also returns why the response was taken for JSON or for a file, and the repairs
    /// to its JSON.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub fn get_material_detailed(&self, media_id: &str) -> Result<Parsed<Material>, ClientError> {
        self.call_detailed(&GetMaterial::new(media_id))
    }

    /// Lists all assets of a type. A page is fetched when its first item is needed. To get whole pages, pass
    /// [`ListMaterials`] to [`call`](Self::call).
    ///
    /// No asset is listed twice. The iterator ends after an error. To have all items, or the first error:
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

    /// Lists the assets from a page on, in pages of its size.
    pub fn list_materials_from(&self, first: ListMaterials) -> Materials<T> {
        Materials::new(self.clone(), first)
    }

    /// Fetches how many assets there are of each type.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub fn count_materials(&self) -> Result<MaterialCounts, ClientError> {
        self.call(&CountMaterials)
    }

    /// Makes any call.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Output<File>, ClientError> {
        self.call_detailed(endpoint).map(|parsed| parsed.output)
    }

    /// Makes any call, and also returns why the response was taken for JSON or for a file, and the repairs to
    /// its JSON.
    ///
    /// # Errors
    ///
    /// See [`get_material`](Self::get_material).
    pub fn call_detailed<E: Endpoint>(&self, endpoint: &E) -> Result<Parsed<E::Output<File>>, ClientError> {
        let call = self.begin::<_, File>(endpoint);
        self.drive(call, &mut Sink::new(&mut std::io::sink())).0.finish()
    }
}
