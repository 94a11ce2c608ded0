//! Machines that share a classic token through a real Redis server. The test is skipped if `redis-server` is not installed.

#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use wechat_material::Credentials;
use wechat_material_testkit::Emulator;
use wechat_material_ureq::{Client, TokenSource, UreqTransport};

#[path = "../../transport-ureq/examples/redis.rs"]
#[expect(dead_code, unreachable_pub, reason = "an example has its own main")]
mod example;

use example::SharedToken;

/// A server that is stopped when it is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server that listens on a socket in this folder.
fn server(folder: &Path) -> Option<(Server, redis::Client)> {
    let socket = folder.join("redis.sock");
    let child = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
        .arg(&socket)
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .ok()?;
    let server = Server(child);
    let client = redis::Client::open(format!("redis+unix://{}", socket.display())).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while client.get_connection().is_err() {
        assert!(Instant::now() < deadline, "redis-server does not start");
        thread::yield_now();
    }
    Some((server, client))
}

#[test]
fn machines_that_share_a_store_obtain_only_one_token() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_server, redis)) = server(folder.path()) else {
        println!("skipped: redis-server is not installed");
        return;
    };
    let emulator = Emulator::start().unwrap();
    let machine = || {
        let source = SharedToken {
            redis: redis.clone(),
            credentials: Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET),
            base_url: emulator.base_url(),
            transport: UreqTransport::new(),
        };
        Client::builder(TokenSource::custom(source), UreqTransport::new())
            .base_url(emulator.base_url())
            .build()
    };
    let machines: Vec<_> = (0..6).map(|_| machine()).collect();
    for round in 0..2 {
        thread::scope(|scope| {
            for machine in &machines {
                scope.spawn(|| machine.get_material("IMAGE-01").unwrap());
            }
        });
        let exchanges = emulator.take_exchanges();
        let tokens = exchanges.iter().filter(|exchange| exchange.target.starts_with("/cgi-bin/token?"));
        assert_eq!(tokens.count(), 1, "in round {round}");
        emulator.expire_tokens();
    }
}
