//! Downloads: the very bytes, into any sink, whatever comes in between.

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
    Access, AccessToken, ApiError, BaseUrl, CallError, DownloadError, FileInfo, GetMaterial, Material,
    ParseOptions, Parsed, TransportFn, call,
};
use wechat_material_reqwest::{ReqwestError, ReqwestTransport};
use wechat_material_testkit::{Emulator, account};
use wechat_material_ureq::{UreqError, UreqTransport};

type Downloaded<T> = Result<Parsed<Material<FileInfo>>, DownloadError<T, io::Error>>;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn over_ureq(access: &Access, media_id: &str, sink: &mut (impl Write + ?Sized)) -> Downloaded<UreqError> {
    let options = ParseOptions::default();
    wechat_material_ureq::download(&GetMaterial::new(media_id), &options, access, &UreqTransport::new(), sink)
}

fn over_reqwest(
    access: &Access,
    media_id: &str,
    sink: &mut (impl AsyncWrite + Unpin),
) -> Downloaded<ReqwestError> {
    let (get, options, transport) =
        (GetMaterial::new(media_id), ParseOptions::default(), ReqwestTransport::new());
    runtime().block_on(wechat_material_reqwest::download(&get, &options, access, &transport, sink))
}

/// Sees that a download is what a call of the same answers with.
fn is_alike(whole: &Material, downloaded: &Material<FileInfo>, written: &[u8]) {
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
fn every_asset_is_downloaded_as_it_is_fetched() {
    let emulator = Emulator::start().unwrap();
    let access = emulator.access();
    for asset in account() {
        let whole = call(&GetMaterial::new(asset.media_id), &access, &UreqTransport::new()).unwrap();
        let mut written = Vec::new();
        let downloaded = over_ureq(&access, asset.media_id, &mut written).unwrap();
        is_alike(&whole, &downloaded.output, &written);
        written.clear();
        let downloaded = over_reqwest(&access, asset.media_id, &mut written).unwrap();
        is_alike(&whole, &downloaded.output, &written);
    }
}

#[test]
fn a_refusal_writes_nothing() {
    let access = Emulator::start().map(|emulator| (emulator.access(), emulator)).unwrap();
    let mut written = Vec::new();
    let error = over_ureq(&access.0, "NO-SUCH-ASSET", &mut written).unwrap_err();
    let DownloadError::Call { written: 0, source } = error else { panic!("{error}") };
    assert!(matches!(*source, CallError::Api(ApiError::Fault(_))), "{source:?}");
    let error = over_reqwest(&access.0, "NO-SUCH-ASSET", &mut written).unwrap_err();
    assert!(matches!(error, DownloadError::Call { written: 0, .. }), "{error}");
    assert!(written.is_empty());
}

/// Takes so many bytes, three at a time, and then says that it is full.
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
fn a_sink_that_is_full_is_an_error_of_its_own_that_says_how_far_it_got() {
    let emulator = Emulator::start().unwrap();
    let access = emulator.access();
    for room in [0, 1, 600, 1825] {
        let error = over_ureq(&access, "IMAGE-01", &mut Small(room)).unwrap_err();
        let DownloadError::Sink { written, source } = error else { panic!("{error}") };
        assert_eq!((written, source.kind()), (room, io::ErrorKind::StorageFull));
        let error = over_reqwest(&access, "IMAGE-01", &mut Small(room)).unwrap_err();
        let DownloadError::Sink { written, source } = error else { panic!("{error}") };
        assert_eq!((written, source.kind()), (room, io::ErrorKind::StorageFull));
    }
    assert!(over_ureq(&access, "IMAGE-01", &mut Small(1826)).is_ok());
    assert!(over_reqwest(&access, "IMAGE-01", &mut Small(1826)).is_ok());
}

#[test]
fn a_download_goes_through_a_channel_from_another_task() {
    let emulator = Emulator::start().unwrap();
    let access = emulator.access();
    let bytes = runtime().block_on(async move {
        let (mut sender, receiver) = mpsc::channel(0);
        let task = tokio::spawn(async move {
            let (get, options, transport) =
                (GetMaterial::new("IMAGE-01"), ParseOptions::default(), ReqwestTransport::new());
            wechat_material_reqwest::download_into(&get, &options, &access, &transport, &mut sender).await
        });
        let chunks: Vec<_> = receiver.collect().await;
        assert!(matches!(task.await.unwrap().unwrap().output, Material::File(info) if info.length == 1826));
        chunks.concat()
    });
    assert_eq!(bytes, include_bytes!("../../testkit/assets/picture.jpg"));
}

#[test]
fn a_channel_that_nobody_reads_is_an_error_of_its_own() {
    let emulator = Emulator::start().unwrap();
    let (get, options, transport) =
        (GetMaterial::new("IMAGE-01"), ParseOptions::default(), ReqwestTransport::new());
    let (mut sender, receiver) = mpsc::channel(8);
    drop(receiver);
    let access = emulator.access();
    let download = wechat_material_reqwest::download_into(&get, &options, &access, &transport, &mut sender);
    let error = runtime().block_on(download).unwrap_err();
    assert!(matches!(error, DownloadError::Sink { written: 0, .. }), "{error}");
}

#[test]
fn any_transport_can_download() {
    let transport =
        TransportFn::new(|_: Request<Vec<u8>>| Ok::<_, io::Error>(Response::new(b"\xFF\xD8\xFF".to_vec())));
    let (get, options) = (GetMaterial::new("id"), ParseOptions::default());
    let access = Access::new(&AccessToken::new("t"));
    let mut written = Vec::new();
    let downloaded = wechat_material_ureq::download(&get, &options, &access, &transport, &mut written);
    assert!(matches!(downloaded.unwrap().output, Material::File(info) if info.length == 3));
    assert_eq!(written, b"\xFF\xD8\xFF");
}

const MIB: usize = 1 << 20;

/// Answers one call with a picture of so many bytes.
fn serve_picture(length: usize) -> Access {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let base = BaseUrl::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").unwrap();
        stream.write_all(b"\xFF\xD8\xFF\xE0").unwrap();
        let zeros = vec![0; MIB];
        for from in (4..length).step_by(MIB) {
            stream.write_all(&zeros[..MIB.min(length - from)]).unwrap();
        }
    });
    Access::at(base, &AccessToken::new("t"))
}

#[test]
fn a_download_takes_the_same_memory_whatever_its_length() {
    let peak = |length: usize| {
        let access = serve_picture(length);
        let taken = measure(|| {
            let Material::File(info) = over_ureq(&access, "id", &mut io::sink()).unwrap().output else {
                panic!("no file")
            };
            assert_eq!(info.length, length as u64);
        });
        taken.bytes_max
    };
    let (short, long) = (peak(MIB), peak(64 * MIB));
    assert!(long < MIB as u64 && long.abs_diff(short) < 64 << 10, "{short} and {long} bytes");
}
