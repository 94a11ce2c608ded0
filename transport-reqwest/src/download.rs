//! A file straight into a sink.

use std::error::Error;
use std::future::poll_fn;
#[cfg(feature = "tokio")]
use std::io;
use std::pin::Pin;
use std::time::Duration;

use futures_sink::Sink;
#[cfg(feature = "tokio")]
use tokio::io::{AsyncWrite, AsyncWriteExt};
use wechat_material::bytes::Bytes;
use wechat_material::{
    Access, AsyncTransport, CallError, DownloadError, Endpoint, Feed, FileInfo, GetMaterial, Material,
    ParseOptions, Parsed,
};

/// Fetches an asset, and writes it into `sink` as it arrives if it is a file. Articles and videos come back as from
/// any call, and nothing is written. The sink is flushed in the end, and not shut down.
///
/// No byte is written before it is sure that it belongs to a file. Memory is constant over a transport that hands
/// bodies over in chunks, as `ReqwestTransport` does. Unless the options limit it, a file may have any length; but
/// the whole call ends with the transport's timeout, two minutes unless you set another one: give long files more.
///
/// # Errors
///
/// [`DownloadError`], which says how much was written before.
///
/// ```no_run
/// # #[cfg(feature = "reqwest")]
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use wechat_material::{Access, AccessToken, GetMaterial, Material, ParseOptions};
/// use wechat_material_reqwest::{ReqwestTransport, download};
///
/// let (get, access) = (GetMaterial::new("61224425"), Access::new(&AccessToken::new("81_Zx3")));
/// let mut bytes = Vec::new();
/// let parsed = download(&get, &ParseOptions::default(), &access, &ReqwestTransport::new(), &mut bytes).await?;
/// if let Material::File(info) = parsed.output {
///     println!("{} ({} bytes)", info.safe_name(), info.length);
/// }
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "tokio")]
pub async fn download<T, W>(
    get: &GetMaterial,
    options: &ParseOptions,
    access: &Access,
    transport: &T,
    sink: &mut W,
) -> Result<Parsed<Material<FileInfo>>, DownloadError<T::Error, io::Error>>
where
    T: AsyncTransport + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    attempt(get, options, access, transport, sink).await.result
}

/// One download, and what its caller may want to know beyond the result.
#[cfg(feature = "tokio")]
pub(crate) struct Attempt<T: Error + 'static> {
    pub(crate) result: Downloaded<T>,
    pub(crate) retry_after: Option<Duration>,
}

#[cfg(feature = "tokio")]
type Downloaded<T> = Result<Parsed<Material<FileInfo>>, DownloadError<T, io::Error>>;

#[cfg(feature = "tokio")]
pub(crate) async fn attempt<T, W>(
    get: &GetMaterial,
    options: &ParseOptions,
    access: &Access,
    transport: &T,
    sink: &mut W,
) -> Attempt<T::Error>
where
    T: AsyncTransport + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut retry_after = None;
    let mut sink = Writer { writer: sink, written: 0 };
    let drained = drained(get, options, access, transport, &mut sink, &mut retry_after).await;
    Attempt { result: drained.map_err(|failed| failed.after(sink.written)), retry_after }
}

/// As `download`, into a [`Sink`] of chunks: a channel, or a body that is sent elsewhere. It is
/// flushed in the end, and not closed.
///
/// # Errors
///
/// [`DownloadError`], which says how much the sink took before.
pub async fn download_into<T, S>(
    get: &GetMaterial,
    options: &ParseOptions,
    access: &Access,
    transport: &T,
    sink: &mut S,
) -> Result<Parsed<Material<FileInfo>>, DownloadError<T::Error, S::Error>>
where
    T: AsyncTransport + ?Sized,
    S: Sink<Bytes, Error: Error + 'static> + Unpin + ?Sized,
{
    let mut sink = Chunked { sink, written: 0 };
    let drained = drained(get, options, access, transport, &mut sink, &mut None).await;
    drained.map_err(|failed| failed.after(sink.written))
}

async fn drained<T, D>(
    get: &GetMaterial,
    options: &ParseOptions,
    access: &Access,
    transport: &T,
    drain: &mut D,
    retry_after: &mut Option<Duration>,
) -> Result<Parsed<Material<FileInfo>>, Failed<T::Error, D::Error>>
where
    T: AsyncTransport + ?Sized,
    D: Drain,
{
    let request = get.to_request(access).map_err(CallError::Build)?;
    let response = transport.open(request).await.map_err(CallError::Transport)?;
    *retry_after = wechat_material::retry_after(response.headers());
    let (head, mut body) = response.into_parts();
    let mut receiver = get.receiver(options, head);
    while let Some(bytes) = poll_fn(|context| body.poll_next(context)).await.map_err(CallError::Transport)? {
        match receiver.feed(&bytes).map_err(CallError::Api)? {
            Feed::File { held, chunk: _ } => {
                drain.write(held.into()).await.map_err(Failed::Sink)?;
                drain.write(bytes).await.map_err(Failed::Sink)?;
            }
            Feed::Held => {}
        }
    }
    let (parsed, rest) = receiver.finish().map_err(CallError::Api)?;
    drain.write(rest.into()).await.map_err(Failed::Sink)?;
    drain.flush().await.map_err(Failed::Sink)?;
    Ok(parsed)
}

enum Failed<T: Error + 'static, S> {
    Call(CallError<T>),
    Sink(S),
}

impl<T: Error + 'static, S> From<CallError<T>> for Failed<T, S> {
    fn from(error: CallError<T>) -> Self {
        Self::Call(error)
    }
}

impl<T: Error, S: Error> Failed<T, S> {
    fn after(self, written: u64) -> DownloadError<T, S> {
        match self {
            Self::Call(source) => DownloadError::Call { written, source: Box::new(source) },
            Self::Sink(source) => DownloadError::Sink { written, source },
        }
    }
}

/// Where bytes go.
trait Drain {
    type Error;

    async fn write(&mut self, bytes: Bytes) -> Result<(), Self::Error>;
    async fn flush(&mut self) -> Result<(), Self::Error>;
}

#[cfg(feature = "tokio")]
struct Writer<'s, W: ?Sized> {
    writer: &'s mut W,
    written: u64,
}

#[cfg(feature = "tokio")]
impl<W: AsyncWrite + Unpin + ?Sized> Drain for Writer<'_, W> {
    type Error = io::Error;

    async fn write(&mut self, mut bytes: Bytes) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = self.writer.write(&bytes).await?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.written += count as u64;
            let _ = bytes.split_to(count);
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().await
    }
}

struct Chunked<'s, S: ?Sized> {
    sink: &'s mut S,
    written: u64,
}

impl<S: Sink<Bytes> + Unpin + ?Sized> Drain for Chunked<'_, S> {
    type Error = S::Error;

    async fn write(&mut self, bytes: Bytes) -> Result<(), S::Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        let length = bytes.len() as u64;
        poll_fn(|context| Pin::new(&mut *self.sink).poll_ready(context)).await?;
        Pin::new(&mut *self.sink).start_send(bytes)?;
        self.written += length;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), S::Error> {
        poll_fn(|context| Pin::new(&mut *self.sink).poll_flush(context)).await
    }
}
