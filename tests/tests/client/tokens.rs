//! Tokens that are obtained, renewed, refused, and renewed by force.

use wechat_material::http::Request;
use wechat_material::{Category, ClientError, Fault, Material, RetryPolicy, Transport, TransportFn};
use wechat_material_client::blocking;
use wechat_material_testkit::{Emulator, Quirk};
use wechat_material_ureq::UreqTransport;

use crate::{assert_picture, builder, client, counts, credentials, is_for_a_token, quick};

#[test]
fn a_token_is_obtained_once_and_used_for_every_call() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    for _ in 0..3 {
        assert_picture(&client.get_material("IMAGE-01").unwrap());
        assert!(matches!(client.clone().get_material("NEWS-ONE").unwrap(), Material::News(_)));
    }
    assert_eq!(client.token().unwrap().token.expose(), emulator.token().expose());
    assert_eq!(counts(&emulator), (1, 6));
    assert!(client.get_material_detailed("NEWS-ONE").unwrap().repairs.is_empty());
}

#[test]
fn an_expired_token_is_renewed_and_the_call_is_retried() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    emulator.expire_tokens();
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    assert_eq!(counts(&emulator), (2, 3));
}

#[test]
fn a_renewal_that_returns_the_refused_token_is_forced() {
    let emulator = Emulator::start().unwrap();
    let client = client(&emulator);
    client.token().unwrap();
    emulator.misbehave_next(1, Quirk::Errcode(40001));
    assert_picture(&client.get_material("IMAGE-01").unwrap());
    let asked: Vec<_> = emulator.take_exchanges().into_iter().filter(is_for_a_token).collect();
    let forced: Vec<_> =
        asked.iter().map(|exchange| exchange.body.ends_with(br#""force_refresh":true}"#)).collect();
    assert_eq!(forced, [false, false, true]);
}

#[test]
fn a_forced_renewal_is_not_retried_because_it_may_have_succeeded() {
    for quirk in [Quirk::Errcode(-1), Quirk::BadGateway, Quirk::ResetBeforeBody] {
        let (emulator, inner) = (Emulator::start().unwrap(), UreqTransport::new());
        let transport = TransportFn::new(move |mut request: Request<Vec<u8>>| {
            if request.body().ends_with(br#""force_refresh":true}"#) {
                request.headers_mut().insert(Emulator::QUIRK_HEADER, quirk.to_string().parse().unwrap());
            }
            inner.send(request)
        });
        let client = blocking::Client::builder(credentials(), transport)
            .base_url(emulator.base_url())
            .retry(quick())
            .build();
        emulator.misbehave_for("IMAGE-01", Quirk::Errcode(40001));
        let error = client.get_material("IMAGE-01").unwrap_err();
        assert!(matches!(error, ClientError::Token(_)), "{error:?}");
        assert_eq!(counts(&emulator), (3, 1), "{quirk}");
    }
}

#[test]
fn a_second_refusal_is_final_and_the_error_says_so() {
    let emulator = Emulator::start().unwrap();
    emulator.misbehave_for("IMAGE-01", Quirk::Errcode(40001));
    let error = client(&emulator).get_material("IMAGE-01").unwrap_err();
    assert_eq!(error.fault().map(Fault::category), Some(Category::Token));
    assert!(error.to_string().contains("the last one with a new token: WeChat refused the call"), "{error}");
    assert_eq!(counts(&emulator).1, 2);
}

#[test]
fn a_refused_token_is_not_used_again_even_if_the_call_is_not_retried() {
    let emulator = Emulator::start().unwrap();
    let once = builder(&emulator).retry(RetryPolicy::never()).build();
    once.token().unwrap();
    emulator.expire_tokens();
    once.get_material("IMAGE-01").unwrap_err();
    assert_picture(&once.get_material("IMAGE-01").unwrap());
}
