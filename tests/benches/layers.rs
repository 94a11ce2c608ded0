//! Measures what this project's layers add to a bare call of ureq and of reqwest, over loopback.
//!
//! ```sh
//! cargo bench -p wechat-material-tests --bench layers
//! ```
//!
//! Calls with and without the layers alternate, over clients with the same settings. The benchmark prints medians of twenty
//! rounds: the processor time of the calling thread for a bare call and the time that the layers add, in microseconds, then
//! the same for elapsed time. The server runs in its own thread, on the same processor.

#![expect(clippy::print_stdout, reason = "it prints a table")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use wechat_material::{Access, AccessToken, BaseUrl, Endpoint, GetMaterial, call, call_async};
use wechat_material_client::{TokenSource, blocking};
use wechat_material_reqwest::{ReqwestTransport, reqwest};
use wechat_material_ureq::{UreqTransport, ureq};

const PAIRS: usize = 20;

/// A series of answers to calls.
struct Subject {
    name: &'static str,
    calls: usize,
    answers: Vec<Vec<u8>>,
}

fn subjects() -> [Subject; 4] {
    let answer = |head: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    let fault = br#"{"errcode":40007,"errmsg":"invalid media_id hint: [Y2XIpa0119p502] rid: 6413208f-1ae7191d-6edfb203"}"#;
    let json = "Content-Type: application/json; encoding=utf-8\r\n";
    let file = "Content-Disposition: attachment; filename=\"a.jpg\"\r\n";
    let picture = |length: usize| answer(file, &[b"\xFF\xD8\xFF\xE0", &vec![0; length - 4][..]].concat());
    [
        Subject { name: "a fault", calls: 500, answers: vec![answer(json, fault)] },
        Subject {
            name: "news of 60 KB",
            calls: 200,
            answers: (0..17).map(|seed| answer(json, news(seed).as_bytes())).collect(),
        },
        Subject { name: "a file of 10 KB", calls: 500, answers: vec![picture(10_000)] },
        Subject { name: "a file of 1 MB", calls: 30, answers: vec![picture(1_000_000)] },
    ]
}

/// News of 60 KB, different for each seed, because a processor learns to predict branches for repeated data.
fn news(seed: u64) -> String {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut content = String::new();
    while content.len() < 60_000 {
        let text: String = (0..rng.usize(10..60)).map(|_| rng.char('\u{4E00}'..='\u{9FA5}')).collect();
        content.extend(["<p style=\\\"text-align:center;\\\"><span>", &text, "<\\/span><\\/p>\\n"]);
    }
    format!(r#"{{"news_item":[{{"title":"题","content":"{content}"}}]}}"#)
}

/// Answers every request on every connection.
fn serve(answers: Vec<Vec<u8>>) -> BaseUrl {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    let address = listener.local_addr().expect("a listener has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = answers.clone();
            thread::spawn(move || answer_all(stream, &answers));
        }
    });
    BaseUrl::new(&format!("http://{address}")).expect("the URL is valid")
}

fn answer_all(mut stream: TcpStream, answers: &[Vec<u8>]) {
    let mut next = answers.iter().cycle();
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        request.extend_from_slice(&buffer[..length]);
        // The body of the request is one small object.
        if request.ends_with(b"}") {
            request.clear();
            let Some(answer) = next.next() else { return };
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    }
}

/// The processor time that this thread has used.
fn processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("processor time is not negative")
}

/// The cost of a call, in microseconds.
#[derive(Clone, Copy, Default)]
struct Cost {
    processor: f64,
    time: f64,
}

impl Cost {
    fn measure(call: &mut impl FnMut()) -> Self {
        let (processor_before, before) = (processor(), Instant::now());
        call();
        let (time, processor) = (before.elapsed(), processor().saturating_sub(processor_before));
        Self { processor: processor.as_secs_f64() * 1e6, time: time.as_secs_f64() * 1e6 }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// One pair: calls of both kinds in turn, and the median cost of each.
fn pair(calls: usize, bare: &mut impl FnMut(), ours: &mut impl FnMut()) -> (Cost, Cost) {
    // Each kind goes first every other time, because a call affects the cost of the next one.
    let costs: Vec<_> = (0..calls)
        .map(|call| {
            if call % 2 == 0 {
                (Cost::measure(bare), Cost::measure(ours))
            } else {
                let ours = Cost::measure(ours);
                (Cost::measure(bare), ours)
            }
        })
        .collect();
    let of = |which: fn(&(Cost, Cost)) -> Cost| Cost {
        processor: median(costs.iter().map(|costs| which(costs).processor)),
        time: median(costs.iter().map(|costs| which(costs).time)),
    };
    (of(|costs| costs.0), of(|costs| costs.1))
}

fn compare(subject: &Subject, client: &str, bare: &mut impl FnMut(), mut ours: impl FnMut()) {
    let Subject { name, calls, .. } = *subject;
    // The first pair opens the connections and warms the caches.
    pair(calls, bare, &mut ours);
    let pairs: Vec<_> = (0..PAIRS).map(|_| pair(calls, bare, &mut ours)).collect();
    let of = |which: fn(&Cost) -> f64| {
        let bare = median(pairs.iter().map(|(bare, _)| which(bare)));
        let added = median(pairs.iter().map(|(bare, ours)| which(ours) - which(bare)));
        format!("{bare:9.1} {added:+9.1}")
    };
    println!("{name:<16} {client:<14} {}   {}", of(|cost| cost.processor), of(|cost| cost.time));
}

/// Compares bare calls of ureq with this project's calls over ureq.
fn compare_ureq(subject: &Subject, server: &BaseUrl) {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_resolve(Some(Duration::from_secs(10)))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_per_read(Some(Duration::from_secs(30)))
        .timeout_per_write(Some(Duration::from_secs(30)))
        .timeout_global(Some(Duration::from_secs(120)))
        .proxy(None);
    let agent = ureq::Agent::new_with_config(agent.build());
    let (get, access) = (GetMaterial::new("61224425"), Access::with_base_url(&token(), server.clone()));
    let prepared = get.to_request(&access).expect("it can be built");
    let mut bare = || {
        let (_, body) = agent.run(prepared.clone()).expect("loopback answers").into_parts();
        let bytes = body.into_with_config().limit(64 << 20).read_to_vec();
        std::hint::black_box(bytes.expect("the body is whole"));
    };
    let transport = UreqTransport::new();
    compare(subject, "ureq", &mut bare, || drop(std::hint::black_box(call(&get, &access, &transport))));
    let client =
        wechat_material_ureq::Client::builder(blocking::TokenSource::fixed(token()), transport.clone());
    let client = client.base_url(server.clone()).build();
    compare(subject, "ureq client", &mut bare, || {
        drop(std::hint::black_box(client.get_material("61224425")));
    });
}

/// Compares bare calls of reqwest with this project's calls over reqwest.
fn compare_reqwest(subject: &Subject, server: &BaseUrl) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("tokio starts");
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider supports TLS")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .expect("it can be built");
    let (get, access) = (GetMaterial::new("61224425"), Access::with_base_url(&token(), server.clone()));
    let prepared = get.to_request(&access).expect("it can be built");
    let mut bare = || {
        let request = reqwest::Request::try_from(prepared.clone()).expect("it has a URL");
        runtime.block_on(async {
            let response = client.execute(request).await.expect("loopback answers");
            std::hint::black_box(response.bytes().await.expect("the body is whole"));
        });
    };
    let transport = ReqwestTransport::new();
    compare(subject, "reqwest", &mut bare, || {
        drop(std::hint::black_box(runtime.block_on(call_async(&get, &access, &transport))));
    });
    let client = wechat_material_reqwest::Client::builder(TokenSource::fixed(token()), transport.clone());
    let client = client.base_url(server.clone()).build();
    compare(subject, "reqwest client", &mut bare, || {
        drop(std::hint::black_box(runtime.block_on(client.get_material("61224425"))));
    });
}

fn token() -> AccessToken {
    AccessToken::new("81_Zx3")
}

fn main() {
    // On several processors, the cost of a call varies by a factor of two, depending on where the server's thread runs.
    let mut one = CpuSet::new();
    one.set(0);
    sched_setaffinity(None, &one).expect("there is a processor");
    println!("{:<31} {:>19}   {:>19}", "", "processor µs, added", "time µs, added");
    for subject in subjects() {
        let server = serve(subject.answers.clone());
        compare_ureq(&subject, &server);
        compare_reqwest(&subject, &server);
    }
}
