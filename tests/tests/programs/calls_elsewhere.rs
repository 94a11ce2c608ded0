//! A call that is made with another HTTP client and the client's token.

use std::time::Duration;

use ureq::Agent;
use wechat_material::serde_json::{self, Value};
use wechat_material::{Access, AccessToken, BaseUrl, Category, ClientError, ErrorCode};
use wechat_material_ureq::Client;

/// WeChat's addresses. If the token is refused, the call is made again with another one.
fn addresses(client: &Client, http: &Agent, base: &BaseUrl) -> Result<Value, Box<dyn std::error::Error>> {
    let ask = |token: &AccessToken| -> Result<Value, Box<dyn std::error::Error>> {
        let request = Access::with_base_url(token, base.clone()).get("/cgi-bin/get_api_domain_ip")?;
        Ok(serde_json::from_reader(http.run(request)?.into_body().into_reader())?)
    };
    let token = client.token()?.token;
    let answer = ask(&token)?;
    if ErrorCode(answer["errcode"].as_i64().unwrap_or(0)).category() != Category::Token {
        return Ok(answer);
    }
    client.refused(&token);
    ask(&client.token()?.token)
}

/// Makes sure that the token is good for the next hour, and returns a line about it.
fn before_a_long_job(client: &Client) -> Result<String, ClientError> {
    let mut issued = client.token()?;
    if issued.expires_in.is_some_and(|life| life < Duration::from_secs(3600)) {
        issued = client.renew()?;
    }
    Ok(match issued.expires_in {
        Some(life) => format!("a token for {} minutes", life.as_secs() / 60),
        None => "a token of unknown life".to_owned(),
    })
}

mod tests {
    use wechat_material::http::Response;
    use wechat_material_testkit::{Emulator, Exchange, TestClock};

    use super::*;
    use crate::{blocking_client, builder, is_for_a_token};

    #[test]
    fn a_refused_token_is_reported_and_replaced() {
        let answer = Response::new(br#"{"ip_list":["203.0.113.7"]}"#.to_vec());
        let emulator = Emulator::builder().answer("/cgi-bin/get_api_domain_ip", answer).start().unwrap();
        let (client, base) = (blocking_client(&emulator), emulator.base_url());
        let http: Agent = Agent::config_builder().proxy(None).build().into();
        for (round, calls) in [1, 2].into_iter().enumerate() {
            assert_eq!(addresses(&client, &http, &base).unwrap()["ip_list"][0], "203.0.113.7");
            let (tokens, others): (Vec<_>, Vec<_>) =
                emulator.take_exchanges().into_iter().partition(is_for_a_token);
            assert_eq!((tokens.len(), others.len()), (1, calls), "in round {round}");
            emulator.expire_tokens();
        }
    }

    #[test]
    fn a_token_that_expires_within_the_hour_is_renewed() {
        let (emulator, clock) = (Emulator::start().unwrap(), TestClock::new());
        let client = builder(&emulator).clock(clock.clone()).build();
        assert_eq!(before_a_long_job(&client).unwrap(), "a token for 120 minutes");
        for (minutes, line) in [(50, "a token for 70 minutes"), (20, "a token for 120 minutes")] {
            clock.advance(Duration::from_secs(minutes * 60));
            emulator.advance(Duration::from_secs(minutes * 60));
            assert_eq!(before_a_long_job(&client).unwrap(), line);
        }
        let exchanges = emulator.take_exchanges();
        let forced = r#""force_refresh":true"#;
        let is_forced = |call: &Exchange| String::from_utf8_lossy(&call.body).contains(forced);
        assert_eq!(exchanges.iter().filter(|call| is_forced(call)).count(), 1);
    }
}
