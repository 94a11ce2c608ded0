//! Shared tokens that are obtained, renewed, refused, and renewed by force.

use wechat_material::http::Request;
use wechat_material::{AsyncTransport, Category, ClientError, Fault, Material, RetryPolicy, TransportFn};
use wechat_material_reqwest::{Client, ReqwestTransport};
use wechat_material_testkit::{Emulator, Quirk};

use crate::{assert_picture, client, counts, credentials, is_for_a_token, runtime};

#[test]
fn a_token_is_obtained_once_and_used_for_every_call() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        for _ in 0..3 {
            assert_picture(&client.get_material("IMAGE-01").await.unwrap());
            assert!(matches!(client.clone().get_material("NEWS-ONE").await.unwrap(), Material::News(_)));
        }
        assert_eq!(client.token().await.unwrap().token.expose(), emulator.token().expose());
        assert_eq!(counts(&emulator), (1, 6));
        assert!(client.get_material_detailed("NEWS-ONE").await.unwrap().repairs.is_empty());
    });
}

#[test]
fn an_expired_token_is_renewed_and_the_call_is_retried() {
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
fn a_renewal_that_returns_the_refused_token_is_forced() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let (client, _) = client(&emulator);
        client.token().await.unwrap();
        emulator.misbehave_next(1, Quirk::Errcode(40001));
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
    });
    let asked: Vec<_> = emulator.take_exchanges().into_iter().filter(is_for_a_token).collect();
    let forced: Vec<_> =
        asked.iter().map(|exchange| exchange.body.ends_with(br#""force_refresh":true}"#)).collect();
    assert_eq!(forced, [false, false, true]);
}

#[test]
fn a_forced_renewal_is_not_retried_because_it_may_have_succeeded() {
    for quirk in [Quirk::Errcode(-1), Quirk::BadGateway, Quirk::ResetBeforeBody] {
        let (emulator, inner) = (Emulator::start().unwrap(), ReqwestTransport::new());
        let transport = TransportFn::new(move |mut request: Request<Vec<u8>>| {
            if request.body().ends_with(br#""force_refresh":true}"#) {
                request.headers_mut().insert(Emulator::QUIRK_HEADER, quirk.to_string().parse().unwrap());
            }
            let inner = inner.clone();
            async move { inner.send(request).await }
        });
        let client = wechat_material_client::Client::builder(credentials(), transport)
            .base_url(emulator.base_url())
            .build();
        emulator.misbehave_for("IMAGE-01", Quirk::Errcode(40001));
        let error = runtime().block_on(client.get_material("IMAGE-01")).unwrap_err();
        assert!(matches!(error, ClientError::Token(_)), "{error:?}");
        assert_eq!(counts(&emulator), (3, 1), "{quirk}");
    }
}

#[test]
fn a_refused_token_is_not_used_again_even_if_the_call_is_not_retried() {
    let emulator = Emulator::start().unwrap();
    runtime().block_on(async {
        let builder = Client::builder(credentials(), ReqwestTransport::new()).base_url(emulator.base_url());
        let client = builder.retry(RetryPolicy::never()).build();
        client.token().await.unwrap();
        emulator.expire_tokens();
        let error = client.get_material("IMAGE-01").await.unwrap_err();
        assert_eq!(error.fault().map(Fault::category), Some(Category::Token));
        assert_picture(&client.get_material("IMAGE-01").await.unwrap());
        assert_eq!(counts(&emulator), (2, 2));
    });
}
