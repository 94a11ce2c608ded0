//! A token server, machines that take their tokens from it, and two clients of one account over different transports.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use wechat_material::AccessToken;
use wechat_material::serde_json::{self, Value, json};
use wechat_material_reqwest::{Client, ReqwestError, ReqwestTransport};
use wechat_material_ureq::TokenSource;

/// The token server. A machine posts the token that WeChat has refused, or nothing.
fn token_server(client: Client) -> Router {
    Router::new().route("/token", post(token)).with_state(client)
}

async fn token(State(client): State<Client>, refused: String) -> Result<Json<Value>, StatusCode> {
    client.refused(&AccessToken::new(refused));
    let issued = client.token().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let seconds = issued.expires_in.map(|life| life.as_secs());
    Ok(Json(json!({ "access_token": issued.token.expose(), "expires_in": seconds })))
}

/// The tokens of a machine.
fn from_server(http: ureq::Agent, server: String) -> TokenSource {
    TokenSource::from_fn(move |renewal| {
        let refused = renewal.refused().map_or("", AccessToken::expose);
        let answer = http.post(&server).send(refused)?.into_body().into_reader();
        Ok(serde_json::from_reader(answer).map_err(|_| "the answer of the token server is not a token")?)
    })
}

/// A client of the same account that goes through a proxy. It shares the token with the first one.
fn through(proxy: &str, client: &Client) -> Result<Client, ReqwestError> {
    Ok(client.with_transport(ReqwestTransport::builder().proxy(proxy)?.build()?))
}

mod tests {
    use std::thread;
    use std::time::Duration;

    use wechat_material_testkit::Emulator;
    use wechat_material_ureq::UreqTransport;

    use super::*;
    use crate::{async_client, is_for_a_token, runtime, serve};

    fn count_tokens(emulator: &Emulator) -> usize {
        emulator.take_exchanges().iter().filter(|exchange| is_for_a_token(exchange)).count()
    }

    #[test]
    fn one_token_serves_all_machines_until_it_is_refused() {
        let emulator = Emulator::start().unwrap();
        let serving =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = serving.block_on(serve(token_server(async_client(&emulator)))) + "/token";
        let http: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let machine = || {
            let source = from_server(http.clone(), server.clone());
            wechat_material_ureq::Client::builder(source, UreqTransport::new())
                .base_url(emulator.base_url())
                .build()
        };
        let machines: Vec<_> = (0..4).map(|_| machine()).collect();
        for round in 0..2 {
            thread::scope(|scope| {
                for machine in &machines {
                    scope.spawn(|| machine.get_material("IMAGE-01").unwrap());
                }
            });
            assert_eq!(count_tokens(&emulator), 1, "in round {round}");
            emulator.expire_tokens();
        }
        let life = machine().token().unwrap().expires_in.unwrap();
        assert!(life > Duration::from_secs(7000), "{life:?}");
    }

    #[test]
    fn a_client_through_a_proxy_has_the_token_of_the_first_one() {
        let emulator = Emulator::start().unwrap();
        let direct = async_client(&emulator);
        // The emulator answers the requests to a proxy as well.
        let proxied = through(&emulator.base_url().to_string(), &direct).unwrap();
        runtime().block_on(async {
            for client in [&direct, &proxied] {
                client.get_material("IMAGE-01").await.unwrap();
            }
            assert_eq!(count_tokens(&emulator), 1);
            emulator.expire_tokens();
            for client in [&proxied, &direct] {
                client.get_material("IMAGE-01").await.unwrap();
            }
            assert_eq!(count_tokens(&emulator), 1);
        });
    }
}
