//! Connections on which a script can replace the normal answer.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

use super::script::{Script, Step};

/// A listener whose connections are [`Wire`]s.
pub(super) struct Wires(pub(super) TcpListener);

impl Listener for Wires {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Wire { stream, slot: Slot::default(), running: None }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A handler puts a script here to replace its answer, and then returns an empty answer.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Option<Script>>>);

impl Slot {
    pub(super) fn put(&self, script: Script) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(script);
    }

    fn take(&self) -> Option<Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Connected<IncomingStream<'_, Wires>> for Slot {
    fn connect_info(stream: IncomingStream<'_, Wires>) -> Self {
        stream.io().slot.clone()
    }
}

/// A connection. While a script runs, everything that the HTTP library writes is discarded.
pub(super) struct Wire {
    stream: TcpStream,
    slot: Slot,
    running: Option<Running>,
}

struct Running {
    script: Script,
    /// The number of bytes of the current step that were sent.
    sent: usize,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// Continues the script until it ends.
    fn run(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(running) = &mut self.running {
            let Some(step) = running.script.steps.front() else {
                self.running = None;
                break;
            };
            match step {
                Step::Send(bytes) | Step::Repeat(bytes) if running.sent < bytes.len() => {
                    let written = Pin::new(&mut self.stream).poll_write(context, &bytes[running.sent..]);
                    running.sent += ready!(written)?;
                    continue;
                }
                Step::Repeat(_) => {
                    running.sent = 0;
                    continue;
                }
                Step::Pause(time) => ready!(running.pause(*time, context)),
                Step::Send(_) => {}
                Step::Close => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Step::Reset => {
                    // Closing a socket with a linger time of zero resets the connection.
                    self.stream.set_zero_linger()?;
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
            }
            running.sent = 0;
            running.sleep = None;
            running.script.steps.pop_front();
        }
        Poll::Ready(Ok(()))
    }
}

impl Running {
    fn pause(&mut self, time: Duration, context: &mut Context<'_>) -> Poll<()> {
        self.sleep.get_or_insert_with(|| Box::pin(sleep(time))).as_mut().poll(context)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.running.is_none() {
            self.running = self.slot.take().map(|script| Running { script, sent: 0, sleep: None });
        }
        if self.running.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.run(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
