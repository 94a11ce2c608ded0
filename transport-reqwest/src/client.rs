//! The async client: tokens, repetitions and lists, over any transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use futures_util::Stream;
#[cfg(feature = "tokio")]
use tokio::io::AsyncWrite;
#[cfg(feature = "tokio")]
use wechat_material::FileInfo;
use wechat_material::{
    Access, AccessToken, AsyncTransport, BaseUrl, CallError, ClientError, CountMaterials, Endpoint,
    Generation, GetMaterial, ListMaterials, Material, MaterialCounts, MaterialItem, MaterialType, Moment,
    ParseOptions, Parsed, RetryPolicy, retry_after,
};

mod builder;
mod course;
#[cfg(feature = "tokio")]
mod download;
mod list;
mod source;
mod timer;
mod tokens;
mod trace;

pub use self::builder::ClientBuilder;
#[cfg(feature = "tokio")]
pub use self::download::AsyncRewind;
pub use self::source::{AsyncTokenSource, Obtaining, SourceError};
pub use self::timer::{Timer, Untimed};

use self::course::{Attempt, Course};
use self::source::Source;
use self::tokens::Tokens;

/// Makes calls with a token of its own: obtains it, renews it, and tries again what is worth it.
///
/// Cheap to clone; clones share the token and the connections, and can be used from any task. Its futures are `Send` if
/// the transport is `Send` and `Sync`, and may be dropped at any time: another caller goes on with what one had begun,
/// the renewal of the token included. One that is neither polled nor dropped while it renews the token keeps waiting
/// whoever needs that token.
///
/// ```no_run
/// # #[cfg(feature = "reqwest")]
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::TryStreamExt;
/// use wechat_material::{Credentials, Material, MaterialType};
/// use wechat_material_reqwest::Client;
///
/// let client = Client::new(Credentials::new("wx0123456789abcdef", std::env::var("WECHAT_APP_SECRET")?));
/// let mut pictures = client.list_materials(MaterialType::Image);
/// while let Some(item) = pictures.try_next().await? {
///     if let Material::File(file) = client.get_material(&item.media_id).await? {
///         tokio::fs::write(file.info.safe_name(), file.bytes).await?;
///     }
/// }
/// # Ok(())
/// # }
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
    timer: Timer,
    tokens: Tokens,
    origin: Instant,
    seeds: AtomicU64,
}

impl<T: AsyncTransport> Client<T> {
    /// Fetches an asset.
    ///
    /// # Errors
    ///
    /// [`ClientError`], after all that could be done.
    pub async fn get_material(&self, media_id: &str) -> Result<Material, ClientError<T::Error>> {
        self.get_material_reported(media_id).await.map(|parsed| parsed.output)
    }

    /// Fetches an asset, and tells how its kind was told and what was repaired.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn get_material_reported(
        &self,
        media_id: &str,
    ) -> Result<Parsed<Material>, ClientError<T::Error>> {
        self.call_reported(&GetMaterial::new(media_id)).await
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
    #[cfg(feature = "tokio")]
    pub async fn download(
        &self,
        media_id: &str,
        sink: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError<T::Error>> {
        self.shared.download(&GetMaterial::new(media_id), sink).await
    }

    /// As [`download`](Self::download), but what breaks off is taken back from the sink and tried again. What was
    /// written stays in it if the future is dropped.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download).
    #[cfg(feature = "tokio")]
    pub async fn download_with_restarts(
        &self,
        media_id: &str,
        sink: &mut (impl AsyncRewind + Unpin + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError<T::Error>> {
        self.shared.download_with_restarts(&GetMaterial::new(media_id), sink).await
    }

    /// All assets of a type, page by page as they are asked for. To begin elsewhere or to see the pages themselves,
    /// [`call`](Self::call) [`ListMaterials`].
    ///
    /// After an error there are no more. The stream keeps a clone of the client.
    pub fn list_materials(
        &self,
        material_type: MaterialType,
    ) -> impl Stream<Item = Result<MaterialItem, ClientError<T::Error>>> + Unpin + use<T> {
        self.list_materials_from(ListMaterials::new(material_type))
    }

    /// All assets from a page on, with pages of its size.
    pub fn list_materials_from(
        &self,
        first: ListMaterials,
    ) -> impl Stream<Item = Result<MaterialItem, ClientError<T::Error>>> + Unpin + use<T> {
        list::materials(self.clone(), first)
    }

    /// How many assets there are.
    ///
    /// # Errors
    ///
    /// As [`get_material`](Self::get_material).
    pub async fn count_materials(&self) -> Result<MaterialCounts, ClientError<T::Error>> {
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
    ) -> Result<E::Output, ClientError<T::Error>> {
        self.call_reported(endpoint).await.map(|parsed| parsed.output)
    }

    async fn call_reported<E>(&self, endpoint: &E) -> Result<Parsed<E::Output>, ClientError<T::Error>>
    where
        E: Endpoint<Target = Access>,
    {
        let shared = &*self.shared;
        let mut course = Course::of(shared, &shared.policy, endpoint);
        loop {
            let access = shared.access(&mut course.generation).await?;
            course.sends()?;
            match shared.send(endpoint, &access).await {
                Ok(parsed) => {
                    course.answered(&parsed);
                    return Ok(parsed);
                }
                Err(attempt) => course.again(attempt).await?,
            }
        }
    }

    /// The access token, for calls that this client does not make; obtained if there is none.
    ///
    /// # Errors
    ///
    /// [`ClientError::Token`].
    pub async fn access_token(&self) -> Result<AccessToken, ClientError<T::Error>> {
        self.shared.lease().await.map(|(token, _)| token)
    }
}

impl<T: AsyncTransport> Shared<T> {
    fn now(&self) -> Moment {
        Moment(self.origin.elapsed())
    }

    /// Another one for each call.
    fn seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }

    /// Where a call goes, and with which token.
    async fn access(&self, generation: &mut Option<Generation>) -> Result<Access, ClientError<T::Error>> {
        let (token, leased) = self.lease().await?;
        *generation = Some(leased);
        Ok(Access::at(self.base.clone(), &token))
    }

    /// Sends a call once.
    async fn send<E: Endpoint>(
        &self,
        endpoint: &E,
        target: &E::Target,
    ) -> Result<Parsed<E::Output>, Attempt<T::Error>> {
        let request =
            endpoint.to_request(target).map_err(|error| Attempt::of(CallError::Build(error), None))?;
        let response = self.transport.send(request).await;
        let response = response.map_err(|error| Attempt::of(CallError::Transport(error), None))?;
        let retry_after = retry_after(response.headers());
        endpoint
            .parse_with(&self.options, response)
            .map_err(|error| Attempt::of(CallError::Api(error), retry_after))
    }
}
