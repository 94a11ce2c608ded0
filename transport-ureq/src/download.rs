//! A file straight into a sink.

use std::io::{self, Write};
use std::time::Duration;

use wechat_material::{
    Access, CallError, DownloadError, Endpoint, Feed, FileInfo, GetMaterial, Material, ParseOptions, Parsed,
    Transport,
};

/// Fetches an asset, and writes it into `sink` as it arrives if it is a file. Articles and videos come back as from
/// any call, and nothing is written.
///
/// No byte is written before it is sure that it belongs to a file. Memory is constant over a transport that hands
/// bodies over in chunks, as `UreqTransport` does. Unless the options limit it, a file may have any length; but
/// the whole call ends with the transport's timeout, two minutes unless you set another one: give long files more.
///
/// # Errors
///
/// [`DownloadError`], which says how much was written before.
///
/// ```no_run
/// use wechat_material::{Access, AccessToken, GetMaterial, Material, ParseOptions};
/// use wechat_material_ureq::{UreqTransport, download};
///
/// let (get, access) = (GetMaterial::new("61224425"), Access::new(&AccessToken::new("81_Zx3")));
/// let mut file = std::fs::File::create_new("part")?;
/// let parsed = download(&get, &ParseOptions::default(), &access, &UreqTransport::new(), &mut file)?;
/// match parsed.output {
///     Material::File(info) => std::fs::rename("part", info.safe_name())?,
///     _ => std::fs::remove_file("part")?,
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn download<T, W>(
    get: &GetMaterial,
    options: &ParseOptions,
    access: &Access,
    transport: &T,
    sink: &mut W,
) -> Result<Parsed<Material<FileInfo>>, DownloadError<T::Error, io::Error>>
where
    T: Transport + ?Sized,
    W: Write + ?Sized,
{
    attempt(get, options, access, transport, sink).result
}

/// One download, and what its caller may want to know beyond the result.
pub(crate) struct Attempt<T: std::error::Error + 'static> {
    pub(crate) result: Downloaded<T>,
    pub(crate) retry_after: Option<Duration>,
}

type Downloaded<T> = Result<Parsed<Material<FileInfo>>, DownloadError<T, io::Error>>;

pub(crate) fn attempt<T, W>(
    get: &GetMaterial,
    options: &ParseOptions,
    access: &Access,
    transport: &T,
    sink: &mut W,
) -> Attempt<T::Error>
where
    T: Transport + ?Sized,
    W: Write + ?Sized,
{
    let mut retry_after = None;
    let mut sink = Sink { sink, written: 0 };
    let result = drained(get, options, access, transport, &mut sink, &mut retry_after);
    Attempt { result, retry_after }
}

fn drained<T, W>(
    get: &GetMaterial,
    options: &ParseOptions,
    access: &Access,
    transport: &T,
    sink: &mut Sink<'_, W>,
    retry_after: &mut Option<Duration>,
) -> Downloaded<T::Error>
where
    T: Transport + ?Sized,
    W: Write + ?Sized,
{
    let request = get.to_request(access).map_err(|error| sink.failed(CallError::Build(error)))?;
    let response = transport.open(request).map_err(|error| sink.failed(CallError::Transport(error)))?;
    *retry_after = wechat_material::retry_after(response.headers());
    let (head, mut body) = response.into_parts();
    let mut receiver = get.receiver(options, head);
    while let Some(chunk) = body.next().map_err(|error| sink.failed(CallError::Transport(error)))? {
        match receiver.feed(chunk).map_err(|error| sink.failed(CallError::Api(error)))? {
            Feed::File { held, chunk } => {
                sink.write(&held)?;
                sink.write(chunk)?;
            }
            Feed::Held => {}
        }
    }
    let (parsed, rest) = receiver.finish().map_err(|error| sink.failed(CallError::Api(error)))?;
    sink.write(&rest)?;
    sink.flush()?;
    Ok(parsed)
}

/// What bytes are written into, and how many were.
struct Sink<'s, W: ?Sized> {
    sink: &'s mut W,
    written: u64,
}

impl<W: Write + ?Sized> Sink<'_, W> {
    fn write<T: std::error::Error>(&mut self, mut bytes: &[u8]) -> Result<(), DownloadError<T, io::Error>> {
        while !bytes.is_empty() {
            match self.sink.write(bytes) {
                Ok(0) => return Err(self.refused(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    self.written += count as u64;
                    bytes = &bytes[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.refused(error)),
            }
        }
        Ok(())
    }

    fn flush<T: std::error::Error>(&mut self) -> Result<(), DownloadError<T, io::Error>> {
        self.sink.flush().map_err(|error| self.refused(error))
    }

    fn refused<T: std::error::Error>(&self, source: io::Error) -> DownloadError<T, io::Error> {
        DownloadError::Sink { written: self.written, source }
    }

    fn failed<T: std::error::Error>(&self, source: CallError<T>) -> DownloadError<T, io::Error> {
        DownloadError::Call { written: self.written, source: Box::new(source) }
    }
}
