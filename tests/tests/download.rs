//! Downloads write exactly the bytes of the file, into any sink, with constant memory.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use allocation_counter::measure;
use futures_channel::mpsc;
use futures_util::StreamExt;
use tokio::io::AsyncWrite;
use tokio::runtime::Runtime;
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, ApiError, BaseUrl, CallError, ClientError, FileInfo, GetMaterial, Material, RetryPolicy,
    TransportFn, call,
};
use wechat_material_client::{TokenSource, blocking};
use wechat_material_testkit::{Emulator, built_in_assets};
use wechat_material_ureq::UreqTransport;

/// A blocking and an async client, with a fixed token and without retries.
struct Clients {
    ureq: wechat_material_ureq::Client,
    reqwest: wechat_material_reqwest::Client,
    runtime: Runtime,
}

impl Clients {
    fn new(base: BaseUrl, token: &AccessToken) -> Self {
        let source = blocking::TokenSource::fixed(token.clone());
        let ureq = wechat_material_ureq::Client::builder(source, UreqTransport::new());
        let transport = wechat_material_reqwest::ReqwestTransport::new();
        let reqwest = wechat_material_reqwest::Client::builder(TokenSource::fixed(token.clone()), transport);
        Self {
            ureq: ureq.base_url(base.clone()).retry(RetryPolicy::never()).build(),
            reqwest: reqwest.base_url(base).retry(RetryPolicy::never()).build(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        }
    }

    fn for_emulator(emulator: &Emulator) -> Self {
        Self::new(emulator.base_url(), &emulator.token())
    }

    fn over_ureq(
        &self,
        media_id: &str,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<Material<FileInfo>, ClientError> {
        self.ureq.download(media_id, sink)
    }

    fn over_reqwest(
        &self,
        media_id: &str,
        sink: &mut (impl AsyncWrite + Unpin),
    ) -> Result<Material<FileInfo>, ClientError> {
        self.runtime.block_on(self.reqwest.download(media_id, sink))
    }
}

/// Asserts that a download and a call for the same asset return the same.
fn assert_alike(whole: &Material, downloaded: &Material<FileInfo>, written: &[u8]) {
    match (whole, downloaded) {
        (Material::File(file), Material::File(info)) => {
            assert_eq!((&file.info, &file.bytes[..]), (info, written));
        }
        (Material::News(whole), Material::News(news)) => assert_eq!((whole, written), (news, &[][..])),
        (Material::Video(whole), Material::Video(video)) => assert_eq!((whole, written), (video, &[][..])),
        (whole, downloaded) => panic!("{whole:?} as {downloaded:?}"),
    }
}

#[test]
fn a_download_returns_the_same_asset_as_a_call() {
    let emulator = Emulator::start().unwrap();
    let clients = Clients::for_emulator(&emulator);
    for asset in built_in_assets() {
        let whole =
            call(&GetMaterial::new(asset.media_id), &emulator.access(), &UreqTransport::new()).unwrap();
        let mut written = Vec::new();
        let downloaded = clients.over_ureq(asset.media_id, &mut written).unwrap();
        assert_alike(&whole, &downloaded, &written);
        written.clear();
        let downloaded = clients.over_reqwest(asset.media_id, &mut written).unwrap();
        assert_alike(&whole, &downloaded, &written);
    }
}

#[test]
fn a_refusal_writes_nothing() {
    let emulator = Emulator::start().unwrap();
    let clients = Clients::for_emulator(&emulator);
    let mut written = Vec::new();
    let over_ureq = clients.over_ureq("NO-SUCH-ASSET", &mut written).unwrap_err();
    let over_reqwest = clients.over_reqwest("NO-SUCH-ASSET", &mut written).unwrap_err();
    for error in [over_ureq, over_reqwest] {
        let ClientError::Call { written: 0, cause, .. } = error else { panic!("{error:?}") };
        assert!(matches!(*cause, CallError::Api(ApiError::Fault(_))), "{cause:?}");
    }
    assert!(written.is_empty());
}

/// Accepts this many bytes, at most three in one write, and then reports that it is full.
struct Small(u64);

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.0.min(bytes.len() as u64).min(3);
        self.0 -= count;
        if count == 0 && !bytes.is_empty() {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(usize::try_from(count).unwrap())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncWrite for Small {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        panic!("the caller may have more to write")
    }
}

#[test]
fn the_error_for_a_full_sink_says_how_much_was_written() {
    let emulator = Emulator::start().unwrap();
    let clients = Clients::for_emulator(&emulator);
    for room in [0, 1, 600, 1825] {
        let over_ureq = clients.over_ureq("IMAGE-01", &mut Small(room)).unwrap_err();
        let over_reqwest = clients.over_reqwest("IMAGE-01", &mut Small(room)).unwrap_err();
        for error in [over_ureq, over_reqwest] {
            let ClientError::Sink { written, cause, .. } = error else { panic!("{error:?}") };
            assert_eq!((written, cause.kind()), (room, io::ErrorKind::StorageFull));
        }
    }
    assert!(clients.over_ureq("IMAGE-01", &mut Small(1826)).is_ok());
    assert!(clients.over_reqwest("IMAGE-01", &mut Small(1826)).is_ok());
}

#[test]
fn a_download_goes_through_a_channel_from_another_task() {
    let emulator = Emulator::start().unwrap();
    let Clients { reqwest: client, runtime, .. } = Clients::for_emulator(&emulator);
    let bytes = runtime.block_on(async move {
        let (mut sender, receiver) = mpsc::channel(0);
        let task =
            tokio::spawn(async move { client.call_into(&GetMaterial::new("IMAGE-01"), &mut sender).await });
        let chunks: Vec<_> = receiver.collect().await;
        assert!(
            matches!(task.await.unwrap().unwrap().output, Material::File(info) if info.length == Some(1826))
        );
        chunks.concat()
    });
    assert_eq!(bytes, include_bytes!("../../testkit/assets/picture.jpg"));
}

#[test]
fn a_closed_channel_is_a_sink_error() {
    let emulator = Emulator::start().unwrap();
    let Clients { reqwest: client, runtime, .. } = Clients::for_emulator(&emulator);
    let (mut sender, receiver) = mpsc::channel(8);
    drop(receiver);
    let error = runtime.block_on(client.call_into(&GetMaterial::new("IMAGE-01"), &mut sender)).unwrap_err();
    assert!(matches!(error, ClientError::Sink { written: 0, .. }), "{error:?}");
}

#[test]
fn any_transport_can_download() {
    let answer = |_: Request<Vec<u8>>| Ok::<_, io::Error>(Response::new(b"\xFF\xD8\xFF".to_vec()));
    let token = || AccessToken::new("81_Zx3");
    let mut written = Vec::new();

    let source = blocking::TokenSource::fixed(token());
    let client = blocking::Client::builder(source, TransportFn::new(answer)).build();
    let downloaded = client.download("id", &mut written).unwrap();
    assert!(matches!(downloaded, Material::File(info) if info.length == Some(3)));

    let transport = TransportFn::new(move |request| std::future::ready(answer(request)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let downloaded = runtime.block_on(async {
        let client = wechat_material_client::Client::builder(TokenSource::fixed(token()), transport).build();
        client.download("id", &mut written).await.unwrap()
    });
    assert!(matches!(downloaded, Material::File(info) if info.length == Some(3)));
    assert_eq!(written, b"\xFF\xD8\xFF\xFF\xD8\xFF");
}

const MIB: usize = 1 << 20;

/// Answers one call with a picture of this many bytes.
fn serve_picture(length: usize) -> Clients {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let base = BaseUrl::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").unwrap();
        stream.write_all(b"\xFF\xD8\xFF\xE0").unwrap();
        let zeros = vec![0; MIB];
        for from in (4..length).step_by(MIB) {
            stream.write_all(&zeros[..MIB.min(length - from)]).unwrap();
        }
    });
    Clients::new(base, &AccessToken::new("81_Zx3"))
}

#[test]
fn a_download_takes_the_same_memory_for_any_length() {
    let peak = |length: usize| {
        let clients = serve_picture(length);
        let taken = measure(|| {
            let Ok(Material::File(info)) = clients.over_ureq("id", &mut io::sink()) else {
                panic!("not a file")
            };
            assert_eq!(info.length, Some(length as u64));
        });
        taken.bytes_max
    };
    let (short, long) = (peak(MIB), peak(64 * MIB));
    assert!(long < MIB as u64 && long.abs_diff(short) < 64 << 10, "{short} and {long} bytes");
}
