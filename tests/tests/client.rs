//! The blocking client: tokens, repetitions, lists and downloads, over real sockets.

use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use wechat_material::http::{Request, Response};
use wechat_material::{
    AccessToken, CallError, Category, ClientError, Credentials, Fault, IssuedToken, ListMaterials, Material,
    MaterialType, Renewal, RetryPolicy, Transport, TransportFn,
};
use wechat_material_testkit::{Emulator, Exchange, Quirk, Sent};
use wechat_material_ureq::{Client, SourceError, UreqError, UreqTransport, ureq};

const PICTURE: &[u8] = include_bytes!("../../testkit/assets/picture.jpg");

fn credentials() -> Credentials {
    Credentials::new(Emulator::APP_ID, Emulator::APP_SECRET)
}

/// Waits that are over before anyone notices.
fn quick() -> RetryPolicy {
    RetryPolicy::default().waits(Duration::from_micros(10), Duration::from_micros(100))
}

fn transport() -> UreqTransport {
    let agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10))).proxy(None);
    UreqTransport::from(ureq::Agent::new_with_config(agent.build()))
}

fn client(emulator: &Emulator) -> Client {
    Client::builder(credentials(), transport()).base_url(emulator.base_url()).retry(quick()).build()
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
    let client = client(&emulator);
    for _ in 0..3 {
        assert_picture(&client.get_material("IMAGE-01").unwrap());
        assert!(matches!(client.clone().get_material("NEWS-ONE").unwrap(), Material::News(_)));
    }
    assert_eq!(client.access_token().unwrap().expose(), emulator.token().expose());
    assert_eq!(counts(&emulator), (1, 6));
    assert!(client.get_material_reported("NEWS-ONE").unwrap().repairs.is_empty());
}

#[test]
fn an_expired_token_is_renewed_and_the_call_repeated() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    emulator.expire_tokens();
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    assert_eq!(counts(&emulator), (2, 3));
}

#[test]
fn a_token_that_is_refused_although_it_is_handed_out_again_is_renewed_by_force() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.access_token().unwrap();
    emulator.misbehave_next(1, Quirk::Errcode(40001));
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    let asked: Vec<_> = emulator.take_exchanges().into_iter().filter(is_for_a_token).collect();
    let forced: Vec<_> =
        asked.iter().map(|exchange| exchange.body.ends_with(br#""force_refresh":true}"#)).collect();
    assert_eq!(forced, [false, false, true]);
}

#[test]
fn what_comes_of_force_is_not_known_so_it_is_not_repeated() {
    for quirk in [Quirk::Errcode(-1), Quirk::BadGateway, Quirk::ResetBeforeBody] {
        let (emulator, inner) = (Emulator::start().unwrap(), transport());
        let transport = TransportFn::new(move |mut request: Request<Vec<u8>>| {
            if request.body().ends_with(br#""force_refresh":true}"#) {
                request.headers_mut().insert(Emulator::QUIRK_HEADER, quirk.to_string().parse().unwrap());
            }
            inner.send(request)
        });
        let client = Client::builder(credentials(), transport).base_url(emulator.base_url()).retry(quick());
        emulator.misbehave_for("IMAGE-01", Quirk::Errcode(40001));
        let error = client.build().get_material("IMAGE-01").unwrap_err();
        assert!(matches!(error, ClientError::Token(_)), "{error:?}");
        assert_eq!(counts(&emulator), (3, 1), "{quirk}");
    }
}

#[test]
fn a_second_refusal_is_final_and_says_so() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::Errcode(40001));
    let error = client(&emulator).get_material("IMAGE-01").unwrap_err();
    assert_eq!(error.fault().map(Fault::category), Some(Category::Token));
    assert!(error.to_string().contains("refused the new token as well"), "{error}");
    assert_eq!(counts(&emulator).1, 2);
}

/// Sees to it that so many calls are refused before any of them hears of it.
fn together(inner: UreqTransport, calls: usize) -> impl Transport<Error = UreqError> + Send + Sync {
    let (barrier, sent) = (Barrier::new(calls), AtomicUsize::new(0));
    TransportFn::new(move |request: Request<Vec<u8>>| -> Result<Response<Vec<u8>>, UreqError> {
        let is_asset = request.uri().path().ends_with("get_material");
        let response = inner.send(request);
        if is_asset && sent.fetch_add(1, Ordering::SeqCst) < calls {
            barrier.wait();
        }
        response
    })
}

#[test]
fn a_refusal_is_remembered_even_if_the_call_is_not_tried_again() {
    let emulator = Emulator::start().unwrap();
    let once = Client::builder(credentials(), transport())
        .base_url(emulator.base_url())
        .retry(RetryPolicy::never())
        .build();
    once.access_token().unwrap();
    emulator.expire_tokens();
    once.get_material("IMAGE-01").unwrap_err();
    assert_picture(&once.get_material("IMAGE-01").unwrap());
}

#[test]
fn a_stampede_on_an_expired_token_renews_it_once() {
    const THREADS: usize = 64;
    let emulator = Emulator::start().unwrap();
    let client = Client::builder(credentials(), together(transport(), THREADS))
        .base_url(emulator.base_url())
        .retry(quick())
        .build();
    let old = client.access_token().unwrap();
    emulator.expire_tokens();
    emulator.take_exchanges();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| assert_picture(&client.get_material("IMAGE-01").unwrap()));
        }
    });
    let exchanges = emulator.take_exchanges();
    let is_old = |exchange: &Exchange| exchange.target.contains(old.expose());
    let renewals: Vec<_> = (0..exchanges.len()).filter(|at| is_for_a_token(&exchanges[*at])).collect();
    let [renewal] = renewals[..] else { panic!("{} renewals", renewals.len()) };
    assert!(exchanges[..renewal].iter().all(is_old));
    assert!(!exchanges[renewal..].iter().any(is_old));
    assert_eq!(exchanges.len(), THREADS + 1 + THREADS);
}

#[test]
fn busy_twice_and_then_fine() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.access_token().unwrap();
    for quirk in
        [Quirk::Errcode(-1), Quirk::Unavailable, Quirk::BadGateway, Quirk::ResetInBody, Quirk::EmptyBody]
    {
        emulator.take_exchanges();
        // What the server asks for in Retry-After is longer than anyone wants to wait here.
        if quirk == Quirk::Unavailable {
            continue;
        }
        emulator.misbehave_next(2, quirk);
        assert_picture(&client.get_material("IMAGE-01").unwrap_or_else(|error| panic!("{quirk}: {error}")));
        assert_eq!(counts(&emulator), (0, 3), "{quirk}");
    }
}

#[test]
fn what_no_repetition_mends_is_sent_once() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.access_token().unwrap();
    for quirk in [
        Quirk::Errcode(45009),
        Quirk::Errcode(48001),
        Quirk::Errcode(40164),
        Quirk::Errcode(40007),
        Quirk::HtmlPage,
        Quirk::OpenString,
        Quirk::Gzip,
        Quirk::RedirectElsewhere,
    ] {
        emulator.take_exchanges();
        emulator.misbehave_next(1, quirk);
        let error = client.get_material("IMAGE-01").unwrap_err();
        assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{quirk}: {error:?}");
        assert_eq!(counts(&emulator), (0, 1), "{quirk}");
    }
}

#[test]
fn attempts_end_with_the_budget() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::Errcode(-1));
    let error = client(&emulator).get_material("IMAGE-01").unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 5, .. }), "{error:?}");
    assert!(error.to_string().contains("5 times"), "{error}");
    assert_eq!(counts(&emulator).1, 5);
    let once = Client::builder(credentials(), transport())
        .base_url(emulator.base_url())
        .retry(RetryPolicy::never())
        .build();
    once.get_material("IMAGE-01").unwrap_err();
    assert_eq!(counts(&emulator).1, 1);
    // A minute is more than there is.
    let hasty = Client::builder(credentials(), transport())
        .base_url(emulator.base_url())
        .retry(quick().budget(Duration::from_secs(59)))
        .build();
    emulator.misbehave_for("IMAGE-01", Quirk::Errcode(45011));
    let error = hasty.get_material("IMAGE-01").unwrap_err();
    assert!(matches!(error, ClientError::Call { attempts: 1, .. }), "{error:?}");
}

#[test]
fn a_wrong_secret_is_final_and_told_to_everyone_who_waited() {
    const THREADS: usize = 16;
    let emulator = Emulator::start().unwrap();
    let client = Client::builder(Credentials::new(Emulator::APP_ID, "CANARY"), transport())
        .base_url(emulator.base_url())
        .build();
    let errors: Vec<_> = thread::scope(|scope| {
        let calls: Vec<_> =
            (0..THREADS).map(|_| scope.spawn(|| client.get_material("IMAGE-01").unwrap_err())).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    for error in errors {
        assert!(matches!(error, ClientError::Token(_)), "{error:?}");
        assert_eq!(error.fault().map(Fault::category), Some(Category::Credentials));
        assert!(!format!("{error} {error:?} {client:?}").contains("CANARY"));
    }
    let (tokens, others) = counts(&emulator);
    // Who asks after that was told tries for itself.
    assert!((1..=THREADS).contains(&tokens) && others == 0);
}

#[test]
fn a_renewal_that_panics_is_picked_up_by_the_next_caller() {
    let emulator = Emulator::start().unwrap();
    let token = emulator.token();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let source = move |_: &Renewal| -> Result<IssuedToken, SourceError> {
        assert!(counted.fetch_add(1, Ordering::SeqCst) > 0, "the first one panics");
        Ok(IssuedToken::new(token.clone(), None))
    };
    let client = Client::with_source(source, transport()).base_url(emulator.base_url()).build();
    let panicking = client.clone();
    assert!(thread::spawn(move || panicking.get_material("IMAGE-01")).join().is_err());
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_source_of_ones_own_is_told_which_token_was_refused() {
    let emulator = Emulator::start().unwrap();
    let fresh = AccessToken::new("FRESH");
    emulator.accept(&fresh);
    let source = move |renewal: &Renewal| -> Result<IssuedToken, SourceError> {
        let token = match renewal.refused().map(AccessToken::expose) {
            None => AccessToken::new("STALE"),
            Some("STALE") => fresh.clone(),
            Some(other) => return Err(format!("{} bytes were refused", other.len()).into()),
        };
        Ok(IssuedToken::new(token, Some(Duration::from_secs(60))))
    };
    let client = Client::with_source(source, transport()).base_url(emulator.base_url()).build();
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    emulator.expire_tokens();
    let error = client.get_material("IMAGE-01").unwrap_err();
    let ClientError::Token(cause) = error else { panic!("{error}") };
    assert_eq!(cause.to_string(), "5 bytes were refused");
}

#[test]
fn the_classic_token_serves_as_well() {
    let emulator = Emulator::start().unwrap();
    let client = Client::builder(credentials(), transport())
        .base_url(emulator.base_url())
        .classic_token()
        .retry(quick())
        .build();
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    emulator.expire_tokens();
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    assert_eq!(counts(&emulator), (2, 3));
}

#[test]
fn lists_page_by_themselves() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, 45);
    let client = client(&emulator);
    assert_eq!(client.count_materials().unwrap().image, 45);
    emulator.take_exchanges();
    let items: Vec<_> = client.list_materials(MaterialType::Image).map(Result::unwrap).collect();
    assert_eq!((items.len(), counts(&emulator)), (45, (0, 3)));
    assert_picture_of(&client, &items[44].media_id);
    let page = client.call(&ListMaterials::new(MaterialType::Image).offset(40).count(3)).unwrap();
    assert_eq!((page.items.len(), page.total_count), (3, 45));
    assert_eq!(page.items[0].media_id, items[40].media_id);
    let from = ListMaterials::new(MaterialType::Image).offset(43).count(1);
    assert_eq!(client.list_materials_from(from).count(), 2);
    // Pages are fetched when they are reached; behind an error there are none.
    emulator.take_exchanges();
    assert_eq!(client.list_materials(MaterialType::Image).take(20).count(), 20);
    assert_eq!(counts(&emulator), (0, 1));
    emulator.misbehave_next(1, Quirk::Errcode(48001));
    let failed: Vec<_> = client.list_materials(MaterialType::Image).collect();
    assert!(matches!(failed[..], [Err(_)]));
}

#[track_caller]
fn assert_picture_of(client: &Client, media_id: &str) {
    assert!(matches!(client.get_material(media_id).unwrap(), Material::File(_)));
}

#[test]
fn a_download_mends_what_fails_before_its_first_byte() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.access_token().unwrap();
    emulator.expire_tokens();
    for quirk in [Quirk::Errcode(-1), Quirk::ResetBeforeBody] {
        emulator.misbehave_next(1, quirk);
        let mut bytes = Vec::new();
        let material = client.download("IMAGE-01", &mut bytes).unwrap();
        assert!(matches!(material, Material::File(info) if info.length == PICTURE.len() as u64));
        assert_eq!(bytes, PICTURE);
    }
}

#[test]
fn a_download_that_breaks_off_starts_over_where_that_can_be() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.access_token().unwrap();
    emulator.take_exchanges();
    emulator.misbehave_next(1, Quirk::TruncatedBody);
    let mut bytes = Vec::new();
    let error = client.download("IMAGE-01", &mut bytes).unwrap_err();
    let ClientError::Call { attempts: 1, written, source, .. } = error else { panic!("{error}") };
    assert!(matches!(*source, CallError::Transport(_)));
    assert_eq!((written, counts(&emulator)), (bytes.len() as u64, (0, 1)));
    assert!(written > 0 && PICTURE.starts_with(&bytes));

    emulator.misbehave_next(2, Quirk::TruncatedBody);
    let mut bytes = b"before ".to_vec();
    client.download_with_restarts("IMAGE-01", &mut bytes).unwrap();
    assert_eq!(bytes, [b"before ", PICTURE].concat());

    emulator.misbehave_next(1, Quirk::ResetInBody);
    let path = std::env::temp_dir().join(format!("wechat-material-client-{}", std::process::id()));
    let mut file = std::fs::File::create(&path).unwrap();
    client.download_with_restarts("IMAGE-01", &mut file).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), PICTURE);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn the_client_works_again_after_every_quirk() {
    let emulator = Emulator::start().unwrap();
    let agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_millis(300))).proxy(None);
    let transport = UreqTransport::from(ureq::Agent::new_with_config(agent.build())).max_body(1 << 20);
    let client = Client::builder(credentials(), transport)
        .base_url(emulator.base_url())
        .retry(quick().attempts(2).budget(Duration::from_secs(5)))
        .build();
    let mut said = String::new();
    for quirk in Quirk::ALL.iter().copied() {
        assert_picture(&client.get_material("IMAGE-01").unwrap());
        emulator.misbehave_next(1, quirk);
        match client.get_material("IMAGE-01") {
            Ok(material) => write!(said, "{material:?}").unwrap(),
            Err(error) => {
                let mut next: Option<&dyn std::error::Error> = Some(&error);
                while let Some(error) = next {
                    write!(said, "{error} {error:?}").unwrap();
                    next = error.source();
                }
            }
        }
        let sent = emulator.take_exchanges();
        assert!(sent.iter().any(|exchange| exchange.sent == Sent::Quirk(quirk)), "{quirk}");
    }
    assert!(!said.contains(emulator.token().expose()) && !said.contains(Emulator::APP_SECRET));
}

#[test]
fn a_client_can_be_shared_and_sent() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    is_shared::<Client>();
}
