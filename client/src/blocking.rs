//! The blocking client, over any [`Transport`].

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use wechat_material::driver::Clock;
use wechat_material::{
    ClientError, CountMaterials, Credentials, Endpoint, File, FileInfo, GetMaterial, GetVideo, ListMaterials,
    Material, MaterialCounts, MaterialType, Parsed, Transport, Video,
};

mod clock;
mod download;
mod drive;
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
use crate::save::{SaveTo, SavedFile, Saving};

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
        let get = GetMaterial::new(media_id);
        let call = self.begin::<_, FileInfo>(&get);
        self.drive(call, &mut sink).0.finish().map(|parsed| parsed.output)
    }

    /// Fetches an asset, and returns as soon as its kind is known. A file is a [`Download`] then: what is known of it, and
    /// its bytes as a reader. Articles and videos are returned as from any call.
    ///
    /// Everything up to the first bytes of the file is retried; nothing after them is.
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
    /// As [`get_material`](Self::get_material).
    pub fn open(&self, media_id: &str) -> Result<Material<Download<T>>, ClientError> {
        self.call_open(&GetMaterial::new(media_id)).map(|parsed| parsed.output)
    }

    /// Fetches the file that a video's link leads to, without the access token, and writes it into `sink` as it
    /// arrives. See [`open_video`](Self::open_video).
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
    pub fn download_video(
        &self,
        video: &Video,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<FileInfo, ClientError> {
        self.call_into(&GetVideo::new(video), sink).map(|parsed| parsed.output)
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
    pub fn open_video(&self, video: &Video) -> Result<Download<T>, ClientError> {
        self.call_open(&GetVideo::new(video)).map(|parsed| parsed.output)
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
    pub fn download_to(
        &self,
        media_id: &str,
        to: impl Into<SaveTo>,
    ) -> Result<Material<SavedFile>, ClientError> {
        let to = to.into();
        let (material, saving) = self.save(&GetMaterial::new(media_id), &to)?;
        let path = match &material {
            Material::File(info) => saving.finish(info)?,
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
    pub fn download_video_to(&self, video: &Video, to: impl Into<SaveTo>) -> Result<SavedFile, ClientError> {
        let to = to.into();
        let (info, saving) = self.save(&GetVideo::new(video), &to)?;
        let path = saving.finish(&info)?;
        Ok(SavedFile::new(info, path))
    }

    fn save<'s, E: Endpoint>(
        &self,
        endpoint: &E,
        to: &'s SaveTo,
    ) -> Result<(E::Output<FileInfo>, Saving<'s>), ClientError> {
        to.check()?;
        let mut saving = Saving::new(to);
        let mut sink = Sink::restartable(&mut saving)?;
        let call = self.begin::<_, FileInfo>(endpoint);
        let finished = self.drive(call, &mut sink).0.finish();
        let parsed = finished.map_err(|error| to.with_path(error))?;
        Ok((parsed.output, saving))
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
    pub fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Output<File>, ClientError> {
        self.call_detailed(endpoint).map(|parsed| parsed.output)
    }

    /// Makes any call, with what showed the kind of its answer and what was repaired to read it.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub fn call_detailed<E: Endpoint>(&self, endpoint: &E) -> Result<Parsed<E::Output<File>>, ClientError> {
        let call = self.begin::<_, File>(endpoint);
        self.drive(call, &mut Sink::new(&mut std::io::sink())).0.finish()
    }

    /// Makes any call, and writes what it answers with into `sink` as it arrives if that is a file: see
    /// [`download`](Self::download).
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
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
    /// As [`get_material`](Self::get_material).
    pub fn call_open<E: Endpoint>(
        &self,
        endpoint: &E,
    ) -> Result<Parsed<E::Output<Download<T>>>, ClientError> {
        let call = self.inner.opening_call(endpoint, self.now());
        let (call, body) = self.drive(call, &mut Sink::new(&mut std::io::sink()));
        call.open(|file| Download::new(self.clone(), file, body))
    }
}
