//! The blocking client: tokens, repetitions and lists, over any transport.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use wechat_material::{
    Access, AccessToken, BaseUrl, CallError, ClientError, CountMaterials, Endpoint, FileInfo, Generation,
    GetMaterial, ListMaterials, Material, MaterialCounts, MaterialType, Moment, ParseOptions, Parsed,
    RetryPolicy, Transport, retry_after,
};

mod builder;
mod course;
mod download;
mod list;
mod source;
mod tokens;
mod trace;

pub use self::builder::ClientBuilder;
pub use self::download::Rewind;
pub use self::list::Materials;
pub use self::source::{SourceError, TokenSource};

use self::course::{Attempt, Course};
use self::source::Source;
use self::tokens::Tokens;

/// Makes calls with a token of its own: obtains it, renews it, and tries again what is worth it.
///
/// Cheap to clone; clones share the token and the connections, and can be used from any thread. Dropping a client in
/// the middle of a call is never a problem: another caller goes on with what it had begun.
///
/// ```no_run
/// use wechat_material::{Credentials, Material, MaterialType};
/// use wechat_material_ureq::Client;
///
/// let client = Client::new(Credentials::new("wx0123456789abcdef", std::env::var("WECHAT_APP_SECRET")?));
/// for item in client.list_materials(MaterialType::Image) {
///     let item = item?;
///     if let Material::File(file) = client.get_material(&item.media_id)? {
///         std::fs::write(file.info.safe_name(), file.bytes)?;
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Client<T = crate::UsualTransport> {
    shared: Arc<Shared<T>>,
}

impl<T> Clone for Client<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

#[derive(Debug)]
struct Shared<T> {
    transport: T,
    base: BaseUrl,
    source: Source,
    policy: RetryPolicy,
    options: ParseOptions,
    tokens: Tokens,
    origin: Instant,
    seeds: AtomicU64,
}

impl<T: Transport> Client<T> {
    /// Fetches an asset.
    ///
    /// # Errors
    ///
    /// [`ClientError`], after all that could be done.
    pub fn get_material(&self, media_id: &str) -> Result<Material, ClientError<T::Error>> {
        self.get_material_reported(media_id).map(|parsed| parsed.output)
    }

    /// Fetches an asset, and tells how its kind was told and what was repaired.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub fn get_material_reported(&self, media_id: &str) -> Result<Parsed<Material>, ClientError<T::Error>> {
        self.call_reported(&GetMaterial::new(media_id))
    }

    /// Fetches an asset, and writes it into `sink` as it arrives if it is a file: see [`download`](crate::download).
    ///
    /// What fails before a byte was written is tried again, a refused token included. What breaks off later is not, as
    /// only the caller knows what to do with half a file: [`download_with_restarts`](Self::download_with_restarts)
    /// does, for sinks that can start over.
    ///
    /// # Errors
    ///
    /// [`ClientError`], which says how much was written before.
    pub fn download(
        &self,
        media_id: &str,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError<T::Error>> {
        self.shared.download(&GetMaterial::new(media_id), sink, |_, _| Ok(false))
    }

    /// As [`download`](Self::download), but what breaks off is taken back from the sink and tried again.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
    pub fn download_with_restarts(
        &self,
        media_id: &str,
        sink: &mut (impl Rewind + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError<T::Error>> {
        let mark = sink.mark().map_err(|error| ClientError::sink(0, error))?;
        self.shared.download(&GetMaterial::new(media_id), sink, |sink, written| {
            if written > 0 {
                sink.rewind(mark)?;
            }
            Ok(true)
        })
    }

    /// All assets of a type, page by page as they are asked for. To begin elsewhere or to see the pages themselves,
    /// [`call`](Self::call) [`ListMaterials`].
    ///
    /// After an error there are no more.
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
    pub fn count_materials(&self) -> Result<MaterialCounts, ClientError<T::Error>> {
        self.call(&CountMaterials)
    }

    /// Makes any call.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub fn call<E: Endpoint<Target = Access>>(
        &self,
        endpoint: &E,
    ) -> Result<E::Output, ClientError<T::Error>> {
        self.call_reported(endpoint).map(|parsed| parsed.output)
    }

    fn call_reported<E>(&self, endpoint: &E) -> Result<Parsed<E::Output>, ClientError<T::Error>>
    where
        E: Endpoint<Target = Access>,
    {
        let shared = &*self.shared;
        let mut course = Course::of(shared, &shared.policy, endpoint);
        loop {
            let access = shared.access(&mut course.generation)?;
            course.sends()?;
            match shared.send(endpoint, &access) {
                Ok(parsed) => {
                    course.answered(&parsed);
                    return Ok(parsed);
                }
                Err(failed) => course.again(failed)?,
            }
        }
    }

    /// The access token, for calls that this client does not make; obtained if there is none.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`].
    pub fn access_token(&self) -> Result<AccessToken, ClientError<T::Error>> {
        self.shared.lease().map(|(token, _)| token)
    }
}

impl<T: Transport> Shared<T> {
    fn now(&self) -> Moment {
        Moment(self.origin.elapsed())
    }

    /// Another one for each call.
    fn seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }

    /// Where a call goes, and with which token.
    fn access(&self, generation: &mut Option<Generation>) -> Result<Access, ClientError<T::Error>> {
        let (token, leased) = self.lease()?;
        *generation = Some(leased);
        Ok(Access::at(self.base.clone(), &token))
    }

    /// Sends a call once.
    fn send<E: Endpoint>(
        &self,
        endpoint: &E,
        target: &E::Target,
    ) -> Result<Parsed<E::Output>, Attempt<T::Error>> {
        let request =
            endpoint.to_request(target).map_err(|error| Attempt::of(CallError::Build(error), None))?;
        let response =
            self.transport.send(request).map_err(|error| Attempt::of(CallError::Transport(error), None))?;
        let retry_after = retry_after(response.headers());
        endpoint
            .parse_with(&self.options, response)
            .map_err(|error| Attempt::of(CallError::Api(error), retry_after))
    }
}
