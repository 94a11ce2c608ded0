//! The blocking client, over any [`Transport`].

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use wechat_material::driver::TokenWait;
use wechat_material::{
    Access, AccessToken, ClientError, CountMaterials, Credentials, Endpoint, File, FileInfo, GetMaterial,
    ListMaterials, Material, MaterialCounts, MaterialType, Parsed, Transport,
};

mod drive;
mod list;
mod sink;
mod source;
mod tokens;

pub use self::list::Materials;
pub use self::sink::Rewind;
pub use self::source::{ObtainToken, TokenSource};

use self::sink::Sink;
use self::tokens::Tokens;
use crate::builder;
use crate::inner::{self, Inner};
use crate::save::{SaveTo, SavedFile, Saving};

/// What a blocking [`Client`] is made of.
pub type ClientBuilder<T> = builder::ClientBuilder<T, dyn ObtainToken>;

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
    inner: Arc<Inner<T, dyn ObtainToken, Instant>>,
    tokens: Arc<Tokens>,
}

inner::clone_and_debug!(Client);

impl<T: Transport + Default> Client<T> {
    /// A client over the default transport, which obtains the stable token with these credentials.
    pub fn new(credentials: Credentials) -> Self {
        Self::builder(credentials, T::default()).build()
    }
}

impl<T: Transport> ClientBuilder<T> {
    /// The client.
    pub fn build(self) -> Client<T> {
        let (inner, cache) = Inner::new(self.with_runtime(|_| Instant::now()));
        Client { inner: Arc::new(inner), tokens: Arc::new(Tokens::new(cache)) }
    }
}

impl<T: Transport> Client<T> {
    /// A client over any transport, with settings to follow. The source of tokens is a [`TokenSource`], or
    /// [`Credentials`] for the stable token.
    pub fn builder(source: impl Into<TokenSource>, transport: T) -> ClientBuilder<T> {
        ClientBuilder::new(source.into(), transport)
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

    /// Fetches an asset, and saves it if it is a file, complete or not at all. Articles and videos are returned as from
    /// any call, and nothing is saved.
    ///
    /// `to` is a folder (`"pictures/"`), in which the file gets its [safe name](FileInfo::safe_name), or any other
    /// [`SaveTo`]. The file is written under a temporary name beside its place, flushed to the disk and renamed. What
    /// breaks off is started over. Nothing is made before the first byte of a file has arrived, and nothing is left of
    /// a download that fails; for a process that is asked to end, see
    /// [`remove_unfinished_downloads`](crate::remove_unfinished_downloads).
    ///
    /// ```no_run
    /// # use wechat_material::{BoxTransport, Material};
    /// # fn example(client: wechat_material_client::blocking::Client<BoxTransport>) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Material::File(saved) = client.download_to("61224425", "pictures/")? {
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
    pub fn download_to(
        &self,
        media_id: &str,
        to: impl Into<SaveTo>,
    ) -> Result<Material<SavedFile>, ClientError> {
        let to = to.into();
        to.check()?;
        let mut saving = Saving::new(&to);
        let material =
            self.download_with_restarts(media_id, &mut saving).map_err(|error| to.with_path(error))?;
        let path = match &material {
            Material::File(info) => saving.finish(info)?,
            _ => PathBuf::new(),
        };
        Ok(material.map_file(|info| SavedFile::new(info, path)))
    }

    /// All assets of a type. Each page is fetched when its first item is asked for; to see the pages themselves,
    /// [`call`](Self::call) [`ListMaterials`].
    ///
    /// Nothing is listed twice. The items end after an error.
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

    /// The access token, for calls that this client does not make; obtained if there is none.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`] and [`ClientError::TokenTimeout`].
    pub fn access_token(&self) -> Result<AccessToken, ClientError> {
        let mut now = self.now();
        let mut wait = TokenWait::new(&self.inner.config.retry, now);
        loop {
            let mut leased = Ok(None);
            let renewing = self.lease(now, |tokens, now| {
                leased = wait.poll(tokens, now);
                matches!(leased, Ok(None)).then(|| wait.until())
            });
            match (leased?, renewing) {
                (Some((token, _)), _) => return Ok(token),
                (None, Some(renewing)) => self.renew(renewing),
                (None, None) => {}
            }
            now = self.now();
        }
    }
}
