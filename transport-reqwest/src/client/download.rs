//! Downloads with repetitions.

use std::io::{self, SeekFrom};

use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWrite, AsyncWriteExt};
use wechat_material::{AsyncTransport, ClientError, DownloadError, FileInfo, GetMaterial, Material};

use super::Shared;
use super::course::{Attempt, Course};
use crate::download;

/// A sink that can take back what was written.
pub trait AsyncRewind: AsyncWrite {
    /// The present place.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn mark(&mut self) -> impl Future<Output = io::Result<u64>> + Send;

    /// Goes back to a place, and forgets what was written behind it.
    ///
    /// # Errors
    ///
    /// When that cannot be done.
    fn rewind(&mut self, mark: u64) -> impl Future<Output = io::Result<()>> + Send;
}

impl AsyncRewind for File {
    async fn mark(&mut self) -> io::Result<u64> {
        self.stream_position().await
    }

    async fn rewind(&mut self, mark: u64) -> io::Result<()> {
        // What could not be written is told now, and not by the next attempt.
        self.flush().await?;
        self.set_len(mark).await?;
        self.seek(SeekFrom::Start(mark)).await.map(|_| ())
    }
}

impl AsyncRewind for Vec<u8> {
    async fn mark(&mut self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    async fn rewind(&mut self, mark: u64) -> io::Result<()> {
        self.truncate(usize::try_from(mark).map_err(io::Error::other)?);
        Ok(())
    }
}

impl<T: AsyncTransport> Shared<T> {
    pub(super) async fn download<W>(
        &self,
        get: &GetMaterial,
        sink: &mut W,
    ) -> Result<Material<FileInfo>, ClientError<T::Error>>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        let mut course = Course::of(self, &self.policy, get);
        loop {
            match self.download_once(&mut course, get, sink).await? {
                Ok(material) => return Ok(material),
                Err(attempt) => course.again(attempt).await?,
            }
        }
    }

    pub(super) async fn download_with_restarts<W>(
        &self,
        get: &GetMaterial,
        sink: &mut W,
    ) -> Result<Material<FileInfo>, ClientError<T::Error>>
    where
        W: AsyncRewind + Unpin + ?Sized,
    {
        let mark = sink.mark().await.map_err(|error| ClientError::sink(0, error))?;
        let mut course = Course::of(self, &self.policy, get);
        loop {
            let mut attempt = match self.download_once(&mut course, get, sink).await? {
                Ok(material) => return Ok(material),
                Err(attempt) => attempt,
            };
            if attempt.written > 0 {
                let rewound = sink.rewind(mark).await;
                rewound.map_err(|error| ClientError::sink(attempt.written, error))?;
                attempt.may_repeat = true;
            }
            course.again(attempt).await?;
        }
    }

    /// Downloads once. What fails may be tried again as long as nothing was written, unless it is the sink.
    async fn download_once<W>(
        &self,
        course: &mut Course<'_, T>,
        get: &GetMaterial,
        sink: &mut W,
    ) -> Result<Result<Material<FileInfo>, Attempt<T::Error>>, ClientError<T::Error>>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        let access = self.access(&mut course.generation).await?;
        course.sends()?;
        let download::Attempt { result, retry_after } =
            download::attempt(get, &self.options, &access, &self.transport, sink).await;
        match result {
            Ok(parsed) => {
                course.answered(&parsed);
                Ok(Ok(parsed.output))
            }
            Err(DownloadError::Sink { written, source }) => Err(course.sink_failed(written, source)),
            Err(DownloadError::Call { written, source: error }) => {
                Ok(Err(Attempt { error, retry_after, written, may_repeat: written == 0 }))
            }
        }
    }
}
