//! The async client: tokens, repetitions, lists and downloads, over real sockets and over closures.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::{self, Debug};
use std::future::{Ready, pending, ready};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Runtime;
use tokio::sync::{Barrier, Semaphore};
use tokio::task::{JoinSet, yield_now};
use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, ApiError, AsyncTransport, CallError, Category, ClientError, CountMaterials, Credentials,
    ErrorCode, Fault, IssuedToken, ListMaterials, Material, MaterialType, ParseOptions, Renewal, RetryPolicy,
    Strictness, TransportFn,
};
use wechat_material_reqwest::{Client, ReqwestTransport, SourceError};
use wechat_material_testkit::{Emulator, Exchange, Quirk, Sent};

const PICTURE: &[u8] = include_bytes!("../../testkit/assets/picture.jpg");

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn credentials() -> Credentials {
    Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET)
}

fn transport() -> ReqwestTransport {
    ReqwestTransport::from(ReqwestTransport::builder().timeout(Duration::from_secs(10)).build().unwrap())
}

/// A timer that is over at once, and what it was asked for.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Waits {
    fn timer(&self) -> impl Fn(Duration) -> Ready<()> + Send + Sync + 'static {
        let Self(waits) = self.clone();
        move |time| {
            waits.lock().unwrap().push(time);
            ready(())
        }
    }

    fn take(&self) -> Vec<Duration> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A client over real sockets, whose waits take no time.
fn client(emulator: &Emulator) -> (Client, Waits) {
    let waits = Waits::default();
    let builder = Client::builder(credentials(), transport()).base_url(emulator.base_url());
    (builder.timer(waits.timer()).build(), waits)
}

fn is_for_a_token(exchange: &Exchange) -> bool {
    exchange.target.contains("token?") || exchange.target.ends_with("token")
}

/// How many calls obtained a token, and how many were others.
fn counts(emulator: &Emulator) -> (usize, usize) {
    let exchanges = emulator.take_exchanges();
    let tokens = exchanges.iter().filter(|exchange| is_for_a_token(exchange)).count();
    (tokens, exchanges.len() - tokens)
}

#[track_caller]
fn assert_picture(material: &Material) {
    let Material::File(file) = material else { panic!("no file: {material:?}") };
    assert_eq!(file.bytes, PICTURE);
}

#[test]
fn a_token_is_obtained_once_and_used_for_every_call() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        for _ in 0..3 {
            assert_picture(&client.get_material("IMAGE-01").await.unwrap());
            assert!(matches!(client.clone().get_material("NEWS-ONE").await.unwrap(), Material::News(_)));
        }
        assert_eq!(client.access_token().await.unwrap().expose(), emulator.token().expose());
        assert_eq!(counts(&emulator), (1, 6));
        assert!(client.get_material_reported("NEWS-ONE").await.unwrap().repairs.is_empty());
    });
}

#[test]
fn an_expired_token_is_renewed_and_the_call_repeated() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        assert_eq!((counts(&emulator), waits.take()), ((2, 3), vec![]));
    });
}

#[test]
fn the_classic_token_serves_as_well() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let builder = Client::builder(credentials(), transport()).base_url(emulator.base_url());
        let client = builder.classic_token().build();
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
    });
    let exchanges = emulator.take_exchanges();
    let is_classic = |exchange: &&Exchange| exchange.target.starts_with("/cgi-bin/token?");
    assert_eq!((exchanges.iter().filter(is_classic).count(), exchanges.len()), (2, 5));
}

#[test]
fn a_token_that_is_refused_although_it_is_handed_out_again_is_renewed_by_force() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        client.access_token().await.unwrap();
        emulator.misbehave_next(1, Quirk::Errcode(40001));
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
    });
    let asked: Vec<_> = emulator.take_exchanges().into_iter().filter(is_for_a_token).collect();
    let forced: Vec<_> =
        asked.iter().map(|exchange| exchange.body.ends_with(br#""force_refresh":true}"#)).collect();
    assert_eq!(forced, [false, false, true]);
}

#[test]
fn a_refusal_is_remembered_even_if_the_call_is_not_tried_again() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let builder = Client::builder(credentials(), transport()).base_url(emulator.base_url());
        let client = builder.retry(RetryPolicy::never()).build();
        client.access_token().await.unwrap();
        emulator.expire_tokens();
        let error = client.get_material("IMAGE-01").await.unwrap_err();
        assert_eq!(error.fault().map(Fault::category), Some(Category::Token));
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        assert_eq!(counts(&emulator), (2, 2));
    });
}

#[test]
fn a_thousand_tasks_on_an_expired_token_renew_it_once() {
    const TASKS: usize = 1000;
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, TASKS);
    // All are on their way at once, but a machine has only so many sockets.
    let (inner, sockets) = (transport(), Arc::new(Semaphore::new(64)));
    let transport = TransportFn::new(move |request| {
        let (inner, sockets) = (inner.clone(), Arc::clone(&sockets));
        async move {
            let _socket = sockets.acquire().await.unwrap();
            inner.send(request).await
        }
    });
    let client = Client::builder(credentials(), transport).base_url(emulator.base_url()).build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (ids, old) = runtime.block_on(async {
        let items: Vec<_> = client.list_materials(MaterialType::Image).try_collect().await.unwrap();
        let old = client.access_token().await.unwrap();
        (items.into_iter().map(|item| item.media_id).collect::<Vec<_>>(), old)
    });
    emulator.expire_tokens();
    emulator.take_exchanges();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for id in ids.clone() {
            let client = client.clone();
            tasks.spawn(async move { client.get_material(&id).await });
        }
        while let Some(fetched) = tasks.join_next().await {
            assert!(matches!(fetched.unwrap().unwrap(), Material::File(_)));
        }
    });

    // Each asset was asked for at most once with the old token, which was refused, and then once with the new one.
    let exchanges = emulator.take_exchanges();
    let (tokens, assets): (Vec<_>, Vec<_>) = exchanges.iter().partition(|exchange| is_for_a_token(exchange));
    assert_eq!(tokens.len(), 1);
    let mut of_assets: HashMap<_, Vec<_>> = HashMap::new();
    for exchange in assets {
        let asked: Value = serde_json::from_slice(&exchange.body).unwrap();
        let Sent::Answer { body, .. } = &exchange.sent else { panic!("{:?}", exchange.sent) };
        let is_refused = body.starts_with(br#"{"errcode":42001"#);
        let token = if exchange.target.contains(old.expose()) { "old" } else { "new" };
        let asked_with = of_assets.entry(asked["media_id"].as_str().unwrap().to_owned()).or_default();
        asked_with.push((token, is_refused));
    }
    assert_eq!(of_assets.len(), TASKS);
    let mut refused = 0;
    for id in &ids {
        match of_assets[id][..] {
            [("old", true), ("new", false)] => refused += 1,
            [("new", false)] => {}
            ref other => panic!("{id}: {other:?}"),
        }
    }
    assert!(refused > 0);
}

fn answer(json: &Value) -> Response<Vec<u8>> {
    Response::new(json.to_string().into_bytes())
}

#[test]
fn no_call_begins_with_the_old_token_once_there_is_a_new_one() {
    const TASKS: usize = 1000;
    let log = Arc::new(Mutex::new(Vec::new()));
    let (noted, together) = (Arc::clone(&log), Arc::new(Barrier::new(TASKS)));
    // On one thread nothing comes between what is noted and what the client knows.
    let transport = TransportFn::new(move |request: Request<Vec<u8>>| {
        let (log, together) = (Arc::clone(&noted), Arc::clone(&together));
        async move {
            let note = |what| log.lock().unwrap().push(what);
            Ok::<_, io::Error>(match request.uri().query() {
                None => {
                    let is_first = log.lock().unwrap().is_empty();
                    note("asked for a token");
                    yield_now().await;
                    note("got a token");
                    let token = if is_first { "OLD" } else { "NEW" };
                    answer(&json!({ "access_token": token, "expires_in": 7200 }))
                }
                Some("access_token=OLD") => {
                    note("called with the old one");
                    together.wait().await;
                    answer(&json!({ "errcode": ErrorCode::ACCESS_TOKEN_EXPIRED, "errmsg": "" }))
                }
                Some(_) => {
                    note("called with the new one");
                    Response::new(PICTURE.to_vec())
                }
            })
        }
    });
    runtime().block_on(async {
        let client = Client::builder(credentials(), transport).build();
        client.access_token().await.unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let client = client.clone();
            tasks.spawn(async move { assert_picture(&client.get_material("id").await.unwrap()) });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
    });
    let log = log.lock().unwrap();
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for what in log.iter() {
        match runs.last_mut() {
            Some((last, count)) if last == what => *count += 1,
            _ => runs.push((what, 1)),
        }
    }
    let expected = [
        ("asked for a token", 1),
        ("got a token", 1),
        ("called with the old one", TASKS),
        ("asked for a token", 1),
        ("got a token", 1),
        ("called with the new one", TASKS),
    ];
    assert_eq!(runs, expected);
}

#[test]
fn busy_twice_and_then_fine() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.access_token().await.unwrap();
        for quirk in [Quirk::Errcode(-1), Quirk::BadGateway, Quirk::EmptyBody, Quirk::Unavailable] {
            emulator.take_exchanges();
            emulator.misbehave_next(2, quirk);
            assert_picture(&client.get_material("IMAGE-01").await.unwrap());
            assert_eq!(counts(&emulator), (0, 3), "{quirk}");
            let [first, second] = waits.take()[..] else { panic!("{quirk}") };
            let server_wants = Duration::from_secs(u64::from(quirk == Quirk::Unavailable));
            assert!(
                first >= server_wants && first <= server_wants.max(Duration::from_millis(500)),
                "{first:?}"
            );
            assert!(second >= server_wants && second <= Duration::from_secs(1), "{second:?}");
        }
    });
}

#[test]
fn answers_are_read_as_strictly_as_is_wanted() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let builder = || Client::builder(credentials(), transport()).base_url(emulator.base_url());
        let strict = ParseOptions::default().strictness(Strictness::Strict);
        let (tolerant, strict) = (builder().build(), builder().options(strict).build());
        emulator.misbehave_for("NEWS-ONE", Quirk::TrailingComma);
        assert_eq!(tolerant.get_material_reported("NEWS-ONE").await.unwrap().repairs.len(), 1);
        let error = strict.get_material("NEWS-ONE").await.unwrap_err();
        let ClientError::Call { source, .. } = error else { panic!("{error}") };
        assert!(matches!(*source, CallError::Api(ApiError::Json { .. })), "{source:?}");
    });
}

#[test]
fn without_another_timer_it_waits_with_that_of_tokio() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let quick = RetryPolicy::default().waits(Duration::from_micros(10), Duration::from_micros(100));
        let builder = Client::builder(credentials(), transport()).base_url(emulator.base_url());
        let client = builder.retry(quick).build();
        emulator.misbehave_next(2, Quirk::Errcode(-1));
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        assert_eq!(counts(&emulator), (3, 1));
    });
}

#[test]
fn what_no_repetition_mends_is_sent_once() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.access_token().await.unwrap();
        for code in [45009, 48001, 40164, 40007] {
            emulator.take_exchanges();
            emulator.misbehave_next(1, Quirk::Errcode(code));
            let error = client.get_material("IMAGE-01").await.unwrap_err();
            assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{code}: {error:?}");
            assert_eq!(error.fault().map(|fault| fault.code.0), Some(code));
            assert_eq!((counts(&emulator), waits.take()), ((0, 1), vec![]), "{code}");
        }
    });
}

#[test]
fn what_breaks_off_is_tried_again_until_there_is_no_more_use_in_it() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.access_token().await.unwrap();
        for quirk in [Quirk::ResetBeforeBody, Quirk::ResetInBody, Quirk::TruncatedBody] {
            emulator.misbehave_next(1, quirk);
            assert_picture(&client.get_material("IMAGE-01").await.unwrap());
            assert_eq!(waits.take().len(), 1, "{quirk}");
        }
        emulator.take_exchanges();
        emulator.misbehave_for("IMAGE-01", Quirk::TruncatedBody);
        let error = client.get_material("IMAGE-01").await.unwrap_err();
        assert!(matches!(error, ClientError::Call { attempts: 5, .. }), "{error:?}");
        assert_eq!((counts(&emulator), waits.take().len()), ((0, 5), 4));
    });
}

/// A future that is polled by hand, and how often it was woken.
struct Polled<F> {
    future: Pin<Box<F>>,
    wakes: Arc<Wakes>,
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl<F: Future> Polled<F> {
    fn new(future: F) -> Self {
        Self { future: Box::pin(future), wakes: Arc::default() }
    }

    fn poll(&mut self) -> Poll<F::Output> {
        self.future.as_mut().poll(&mut Context::from_waker(&Arc::clone(&self.wakes).into()))
    }

    fn wakes(&self) -> usize {
        self.wakes.0.load(Ordering::SeqCst)
    }

    #[track_caller]
    fn expect(&mut self) -> F::Output {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it is not there yet"),
        }
    }
}

/// A client with a source whose first token never comes, and how often that was asked. Nothing answers its calls.
fn stuck() -> (Client<impl AsyncTransport + Send + Sync>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = move |_: &Renewal| {
        let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if is_first {
                pending::<()>().await;
            }
            Ok::<_, SourceError>(IssuedToken::new(AccessToken::new("SECOND"), None))
        }
    };
    let silent = TransportFn::new(|_| pending::<io::Result<Response<Vec<u8>>>>());
    (Client::with_source(source, silent).build(), asked)
}

#[test]
fn a_renewal_that_is_dropped_is_picked_up_by_another_caller() {
    let (client, asked) = stuck();
    let mut renewing = Polled::new(client.access_token());
    assert!(renewing.poll().is_pending());
    let mut waiting = [(); 3].map(|()| Polled::new(client.access_token()));
    for caller in &mut waiting {
        assert!(caller.poll().is_pending());
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    drop(renewing);
    let [mut first, mut second, gone] = waiting;
    assert_eq!([first.wakes(), second.wakes(), gone.wakes()], [1, 1, 1]);
    // Whoever was woken may be gone before it looks.
    drop(gone);
    assert_eq!(second.expect().unwrap().expose(), "SECOND");
    assert_eq!(first.expect().unwrap().expose(), "SECOND");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_call_waits_until_its_timer_says_so() {
    let (sent, time) = (AtomicUsize::new(0), Arc::new(Semaphore::new(0)));
    let transport = TransportFn::new(|_| {
        let is_first = sent.fetch_add(1, Ordering::SeqCst) == 0;
        ready(if is_first { Err(io::Error::other("broken")) } else { Ok(Response::new(PICTURE.to_vec())) })
    });
    let source = |_: &Renewal| ready(Ok::<_, SourceError>(IssuedToken::new(AccessToken::new("t"), None)));
    let timer = Arc::clone(&time);
    let client = Client::with_source(source, transport).timer(move |_| {
        let timer = Arc::clone(&timer);
        async move { timer.acquire().await.unwrap().forget() }
    });
    let client = client.build();
    let mut call = Polled::new(client.get_material("id"));
    assert!(call.poll().is_pending() && call.poll().is_pending());
    assert_eq!(sent.load(Ordering::SeqCst), 1);
    time.add_permits(1);
    assert_eq!(call.wakes(), 1);
    assert_picture(&call.expect().unwrap());
    assert_eq!(sent.load(Ordering::SeqCst), 2);
}

#[test]
fn a_caller_that_goes_away_leaves_nothing_behind() {
    let (client, asked) = stuck();
    let mut renewing = Polled::new(client.access_token());
    assert!(renewing.poll().is_pending());
    let mut patient = Polled::new(client.access_token());
    for _ in 0..1000 {
        let mut waiting = Polled::new(client.access_token());
        assert!(waiting.poll().is_pending() && waiting.poll().is_pending());
        let wakes = Arc::clone(&waiting.wakes);
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(waiting);
        assert_eq!(Arc::strong_count(&wakes), 1);

        let before = std::mem::take(&mut patient.wakes);
        assert!(patient.poll().is_pending());
        assert_eq!(Arc::strong_count(&before), 1);
    }
    drop(renewing);
    assert!(patient.expect().is_ok());
    assert_eq!((patient.wakes(), asked.load(Ordering::SeqCst)), (1, 2));
}

/// A task that is kept alive by its waker alone, as in executors without a list of tasks.
struct Task<F>(Mutex<Option<Pin<Box<F>>>>);

impl<F: Future + Send + 'static> Wake for Task<F> {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_task_that_goes_with_its_waker_leaves_its_place_as_well() {
    let (client, _) = stuck();
    let mut renewing = Polled::new(client.access_token());
    assert!(renewing.poll().is_pending());
    let waiting = client.clone();
    let task = Arc::new(Task(Mutex::new(Some(Box::pin(async move { waiting.access_token().await })))));
    let waker = Waker::from(Arc::clone(&task));
    let polled = task.0.lock().unwrap().as_mut().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    drop((waker, task));
    drop(renewing);
    assert!(Polled::new(client.access_token()).expect().is_ok());
}

#[test]
fn a_wrong_secret_is_final_and_told_to_everyone_who_waited() {
    let (asked, gate) = (AtomicUsize::new(0), Semaphore::new(0));
    let transport = TransportFn::new(|_| async {
        asked.fetch_add(1, Ordering::SeqCst);
        gate.acquire().await.unwrap().forget();
        Ok::<_, io::Error>(answer(&json!({ "errcode": ErrorCode::INVALID_APP_SECRET, "errmsg": "" })))
    });
    let client = Client::builder(credentials(), transport).build();
    let mut callers = [(); 50].map(|()| Polled::new(client.get_material("id")));
    for caller in &mut callers {
        assert!(caller.poll().is_pending());
    }
    gate.add_permits(1);
    let causes = callers.each_mut().map(|caller| {
        assert_eq!(caller.wakes(), 1);
        let error = caller.expect().unwrap_err();
        assert_eq!(error.fault().map(Fault::category), Some(Category::Credentials));
        let ClientError::Token(cause) = error else { panic!("{error}") };
        cause
    });
    assert!(causes.iter().all(|cause| Arc::ptr_eq(cause, &causes[0])));
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    // Whoever comes later asks anew.
    gate.add_permits(1);
    assert!(Polled::new(client.get_material("id")).expect().is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_renewal_that_panics_is_picked_up_by_the_next_caller() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = move |_: &Renewal| {
        let asked = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(asked > 0, "the first one panics");
            Ok::<_, SourceError>(IssuedToken::new(AccessToken::new("SECOND"), None))
        }
    };
    let client = Client::with_source(source, transport()).build();
    runtime().block_on(async {
        let panicking = client.clone();
        assert!(tokio::spawn(async move { panicking.access_token().await }).await.is_err());
        assert_eq!(client.access_token().await.unwrap().expose(), "SECOND");
    });
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_source_of_ones_own_is_told_which_token_was_refused() {
    let emulator = Emulator::start().unwrap();
    let fresh = AccessToken::new("FRESH");
    emulator.accept(&fresh);
    let source = move |renewal: &Renewal| {
        let (refused, fresh) = (renewal.refused().cloned(), fresh.clone());
        async move {
            let token = match refused.as_ref().map(AccessToken::expose) {
                None => AccessToken::new("STALE"),
                Some("STALE") => fresh,
                Some(other) => return Err(SourceError::from(format!("{} bytes were refused", other.len()))),
            };
            Ok(IssuedToken::new(token, Some(Duration::from_secs(60))))
        }
    };
    let client = Client::with_source(source, transport()).base_url(emulator.base_url()).build();
    runtime().block_on(async {
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        emulator.expire_tokens();
        let ClientError::Token(cause) = client.get_material("IMAGE-01").await.unwrap_err() else { panic!() };
        assert_eq!(cause.to_string(), "5 bytes were refused");
    });
}

#[test]
fn lists_page_by_themselves() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, 45);
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        assert_eq!(client.count_materials().await.unwrap().image, 45);
        emulator.take_exchanges();
        let items: Vec<_> = client.list_materials(MaterialType::Image).try_collect().await.unwrap();
        let names: Vec<usize> = items.iter().map(|item| item.name.parse().unwrap()).collect();
        assert_eq!(names, (0..45).collect::<Vec<_>>());
        assert_eq!(counts(&emulator), (0, 3));
        let page = client.call(&ListMaterials::new(MaterialType::Image).offset(40).count(3)).await.unwrap();
        assert_eq!((page.items.len(), &page.items[0]), (3, &items[40]));
        let from = ListMaterials::new(MaterialType::Image).offset(42).count(2);
        assert_eq!(client.list_materials_from(from).count().await, 3);

        // Pages are fetched when they are reached; behind the end and behind an error there are none.
        emulator.take_exchanges();
        let mut list = client.list_materials_from(ListMaterials::new(MaterialType::Video).count(1));
        assert_eq!(counts(&emulator), (0, 0));
        assert_eq!(list.next().await.unwrap().unwrap().media_id, "VIDEO-02");
        assert_eq!(counts(&emulator), (0, 1));
        assert_eq!(list.next().await.unwrap().unwrap().media_id, "VIDEO-01");
        assert!(list.next().await.is_none() && list.next().await.is_none());
        assert_eq!(counts(&emulator), (0, 1));
        emulator.misbehave_next(1, Quirk::Errcode(48001));
        let mut list = client.list_materials(MaterialType::Image);
        assert!(list.next().await.unwrap().is_err());
        assert!(list.next().await.is_none() && list.next().await.is_none());
    });
}

#[test]
fn a_download_mends_what_fails_before_its_first_byte() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.access_token().await.unwrap();
        emulator.expire_tokens();
        emulator.take_exchanges();
        let mut bytes = Vec::new();
        let material = client.download("IMAGE-01", &mut bytes).await.unwrap();
        assert!(matches!(material, Material::File(info) if info.length == PICTURE.len() as u64));
        assert_eq!((counts(&emulator), &bytes[..]), ((1, 2), PICTURE));
        for quirk in [Quirk::Errcode(-1), Quirk::ResetBeforeBody, Quirk::Unavailable] {
            emulator.misbehave_next(1, quirk);
            let mut bytes = Vec::new();
            client.download("IMAGE-01", &mut bytes).await.unwrap();
            assert_eq!((counts(&emulator), &bytes[..]), ((0, 2), PICTURE), "{quirk}");
            let [wait] = waits.take()[..] else { panic!("{quirk}") };
            // The server asks for a second, and for nothing else than that.
            assert_eq!(wait >= Duration::from_secs(1), quirk == Quirk::Unavailable, "{quirk}");
        }
    });
}

#[test]
fn a_download_that_breaks_off_starts_over_where_that_can_be() {
    let emulator = Emulator::start().unwrap();
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    runtime().block_on(async {
        let (client, waits) = client(&emulator);
        client.access_token().await.unwrap();
        emulator.take_exchanges();
        emulator.misbehave_next(1, Quirk::TruncatedBody);
        let mut bytes = Vec::new();
        let error = client.download("IMAGE-01", &mut bytes).await.unwrap_err();
        let ClientError::Call { attempts: 1, written, source, .. } = error else { panic!("{error}") };
        assert!(matches!(*source, CallError::Transport(_)));
        assert_eq!((written, counts(&emulator)), (bytes.len() as u64, (0, 1)));
        assert!(written > 0 && PICTURE.starts_with(&bytes));

        emulator.misbehave_next(2, Quirk::TruncatedBody);
        let mut bytes = b"before ".to_vec();
        client.download_with_restarts("IMAGE-01", &mut bytes).await.unwrap();
        assert_eq!(bytes, [b"before ", PICTURE].concat());
        assert_eq!(waits.take().len(), 2);

        emulator.misbehave_next(2, Quirk::TruncatedBody);
        let mut file = tokio::fs::File::create(&path).await.unwrap();
        file.write_all(b"before ").await.unwrap();
        client.download_with_restarts("IMAGE-01", &mut file).await.unwrap();
        assert_eq!(waits.take().len(), 2);
        // Half a picture is taken back before articles come, of which nothing is written.
        emulator.misbehave_next(1, Quirk::TruncatedBody);
        let material = client.download_with_restarts("NEWS-ONE", &mut file).await.unwrap();
        assert!(matches!(material, Material::News(_)));
        assert_eq!(std::fs::read(&path).unwrap(), [b"before ", PICTURE].concat());
        file.write_all(b" behind").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [b"before ", PICTURE, b" behind"].concat());
    });
}

fn is_send<V: Send>(_: &V) {}

/// All that a client gives to wait for can go to another thread, whatever the transport is.
fn all_is_send<T: AsyncTransport + Send + Sync>(client: &Client<T>) {
    let (mut bytes, mut again) = (Vec::new(), Vec::new());
    is_send(&client.get_material("id"));
    is_send(&client.get_material_reported("id"));
    is_send(&client.download("id", &mut bytes));
    is_send(&client.download_with_restarts("id", &mut again));
    is_send(&client.list_materials(MaterialType::Image));
    is_send(&client.list_materials_from(ListMaterials::new(MaterialType::Image)));
    is_send(&client.count_materials());
    is_send(&client.call(&CountMaterials));
    is_send(&client.access_token());
}

#[test]
fn a_client_can_be_shared_and_sent() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let (client, _) = stuck();
    all_is_send(&client);
    is_shared(&Client::new(credentials()));
    // A transport may borrow, and its client's futures need no runtime.
    let calls = AtomicUsize::new(0);
    let transport = TransportFn::new(|request: Request<Vec<u8>>| {
        calls.fetch_add(1, Ordering::SeqCst);
        let is_for_a_token = request.uri().query().is_none();
        let token = || answer(&json!({ "access_token": "81_Zx3" }));
        ready(Ok::<_, io::Error>(if is_for_a_token { token() } else { Response::new(PICTURE.to_vec()) }))
    });
    let client = Client::builder(credentials(), transport).timer(|_| ready(())).build();
    all_is_send(&client);
    assert_picture(&Polled::new(client.get_material("id")).expect().unwrap());
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[test]
fn a_call_goes_on_in_a_task_of_its_own() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        let task = tokio::spawn(async move {
            let (mut bytes, mut restarted) = (Vec::new(), Vec::new());
            client.download("IMAGE-01", &mut bytes).await?;
            client.download_with_restarts("IMAGE-01", &mut restarted).await?;
            assert_eq!((&bytes[..], &restarted[..]), (PICTURE, PICTURE));
            client.list_materials(MaterialType::Voice).try_collect::<Vec<_>>().await
        });
        assert_eq!(task.await.unwrap().unwrap().len(), 2);
    });
}

const CANARY: &str = "81_CANARY#&%+ 中";

/// What of it would be seen in any encoding, and what only when it is encoded.
const TRACES: [&str; 3] = ["CANARY", "#&%+ 中", "%E4%B8%AD"];

/// Searches all that was printed.
#[track_caller]
fn assert_silent(what: &str, printed: &str) {
    for trace in TRACES.iter().chain(&[Emulator::APP_SECRET]) {
        assert!(!printed.contains(trace), "{what}: {printed}");
    }
}

#[track_caller]
fn searched<T: Debug, E: Error + 'static>(what: &str, got: Result<T, E>) {
    match got {
        Ok(answer) => assert_silent(what, &format!("{answer:?}")),
        Err(error) => {
            let mut next: Option<&dyn Error> = Some(&error);
            while let Some(error) = next {
                assert_silent(what, &format!("{error} {error:?}"));
                next = error.source();
            }
        }
    }
}

/// Writes down whatever is told to `tracing`, by every test of this file.
struct Events;

static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Events {
    fn record() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Self).unwrap());
    }

    fn of(subject: &str) -> Vec<String> {
        EVENTS.lock().unwrap().iter().filter(|event| event.contains(subject)).cloned().collect()
    }
}

struct Fields(String);

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn Debug) {
        use fmt::Write;
        match field.name() {
            // They differ from time to time.
            name @ ("duration" | "time") => write!(self.0, " {name}").unwrap(),
            name => write!(self.0, " {name}={value:?}").unwrap(),
        }
    }
}

impl tracing::Subscriber for Events {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        EVENTS.lock().unwrap().push(fields.0);
        tracing::span::Id::from_u64(1)
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields(event.metadata().level().to_string());
        event.record(&mut fields);
        EVENTS.lock().unwrap().push(fields.0);
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn what_a_client_does_is_told_to_tracing() {
    Events::record();
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        client.access_token().await.unwrap();
        emulator.expire_tokens();
        emulator.misbehave_next(1, Quirk::Errcode(-1));
        client.get_material("VOICE-02").await.unwrap();
        client.get_material("NO SUCH ID").await.unwrap_err();
    });
    let of_the_voice = Events::of("VOICE-02");
    let told = |start: &str| of_the_voice.iter().filter(|event| event.starts_with(start)).count();
    assert_eq!(told("DEBUG message=request media_id=\"VOICE-02\" attempt="), 3);
    assert_eq!(
        told("WARN message=failure media_id=\"VOICE-02\" attempt=1 duration kind=\"fault\" code=-1"),
        1
    );
    assert_eq!(told("INFO message=retry media_id=\"VOICE-02\" time"), 1);
    assert_eq!(
        told("WARN message=failure media_id=\"VOICE-02\" attempt=2 duration kind=\"fault\" code=42001 rid="),
        1
    );
    assert_eq!(told("INFO message=renewal media_id=\"VOICE-02\""), 1);
    assert_eq!(told("DEBUG message=answer media_id=\"VOICE-02\" attempt=3 duration"), 1);
    assert_eq!(of_the_voice.len(), 8);
    assert_eq!(Events::of("NO SUCH ID").len(), 2);
}

#[test]
fn nothing_prints_token_or_secret() {
    const TIMEOUT: Duration = Duration::from_millis(300);
    Events::record();
    let emulator = Emulator::start().unwrap();
    let token = AccessToken::new(CANARY);
    emulator.accept(&token);
    let builder = || ReqwestTransport::builder().timeout(TIMEOUT).build().unwrap();
    let transport = || ReqwestTransport::from(builder()).max_body(1 << 20);
    let twice = RetryPolicy::default().attempts(2);
    let source = move |_: &Renewal| ready(Ok::<_, SourceError>(IssuedToken::new(token.clone(), None)));
    let with_token =
        Client::with_source(source, transport()).base_url(emulator.base_url()).retry(twice.clone());
    let with_secret = Client::builder(Credentials::new(Emulator::APP_ID, CANARY), transport())
        .base_url(emulator.base_url())
        .retry(twice);
    assert_silent("builders", &format!("{with_token:?} {with_secret:?}"));
    let (with_token, with_secret) = (with_token.timer(|_| ready(())), with_secret.timer(|_| ready(())));
    let (with_token, with_secret) = (with_token.build(), with_secret.build());
    runtime().block_on(async {
        for quirk in Quirk::ALL.iter().copied().chain([Quirk::Errcode(40001)]) {
            emulator.misbehave_next(2, quirk);
            searched(&format!("{quirk}"), with_token.get_material("IMAGE-01").await);
            emulator.misbehave_next(2, quirk);
            let mut bytes = Vec::new();
            searched(&format!("{quirk}, a download"), with_token.download("IMAGE-01", &mut bytes).await);
            emulator.misbehave_next(2, quirk);
            searched(&format!("{quirk}, the secret"), with_secret.access_token().await);
            assert_silent("clients", &format!("{with_token:?} {with_secret:?}"));
            emulator.behave();
            // Every one of them went out with the token or the secret, and the client works on.
            for exchange in emulator.take_exchanges() {
                let body = String::from_utf8_lossy(&exchange.body);
                let is_out = if is_for_a_token(&exchange) {
                    body.contains(CANARY)
                } else {
                    exchange.target.ends_with("81_CANARY%23%26%25%2B%20%E4%B8%AD")
                };
                assert!(is_out, "{quirk}: {} {body}", exchange.target);
            }
            assert_picture(&with_token.get_material("IMAGE-01").await.unwrap());
        }
        searched("a refusal", with_secret.access_token().await);
    });
    assert_silent("events", &EVENTS.lock().unwrap().join("\n"));
}
