//! Downloads with repetitions.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use wechat_material::{ClientError, DownloadError, FileInfo, GetMaterial, Material, Transport};

use super::Shared;
use super::course::{Attempt, Course};
use crate::download;

/// A sink that can take back what was written.
pub trait Rewind: Write {
    /// The present place.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn mark(&mut self) -> io::Result<u64>;

    /// Goes back to a place, and forgets what was written behind it.
    ///
    /// # Errors
    ///
    /// When that cannot be done.
    fn rewind(&mut self, mark: u64) -> io::Result<()>;
}

impl Rewind for File {
    fn mark(&mut self) -> io::Result<u64> {
        self.stream_position()
    }

    fn rewind(&mut self, mark: u64) -> io::Result<()> {
        self.set_len(mark)?;
        self.seek(SeekFrom::Start(mark)).map(|_| ())
    }
}

impl Rewind for Vec<u8> {
    fn mark(&mut self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn rewind(&mut self, mark: u64) -> io::Result<()> {
        self.truncate(usize::try_from(mark).map_err(io::Error::other)?);
        Ok(())
    }
}

impl<T: Transport> Shared<T> {
    /// Downloads; `again` makes the sink ready for another attempt after so many bytes, or says that it cannot.
    pub(super) fn download<W: Write + ?Sized>(
        &self,
        get: &GetMaterial,
        sink: &mut W,
        mut again: impl FnMut(&mut W, u64) -> io::Result<bool>,
    ) -> Result<Material<FileInfo>, ClientError<T::Error>> {
        let mut course = Course::of(self, &self.policy, get);
        loop {
            let access = self.access(&mut course.generation)?;
            course.sends()?;
            let download::Attempt { result, retry_after } =
                download::attempt(get, &self.options, &access, &self.transport, sink);
            let (written, error) = match result {
                Ok(parsed) => {
                    course.answered(&parsed);
                    return Ok(parsed.output);
                }
                Err(DownloadError::Sink { written, source }) => {
                    return Err(course.sink_failed(written, source));
                }
                Err(DownloadError::Call { written, source }) => (written, source),
            };
            let is_ready = again(sink, written).map_err(|error| ClientError::sink(written, error))?;
            let may_repeat = is_ready || written == 0;
            course.again(Attempt { error, retry_after, written, may_repeat })?;
        }
    }
}
