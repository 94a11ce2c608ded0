//! A call that the library does not have, made by the client with its token and its retries.

use wechat_material::http::Request;
use wechat_material::serde_json::{Value, json};
use wechat_material::{Access, Answer, ApiError, BuildError, Category, ClientError, Endpoint, Fault};
use wechat_material_ureq::Client;

/// `POST /cgi-bin/material/del_material`
struct DeleteMaterial<'a> {
    media_id: &'a str,
}

impl Endpoint for DeleteMaterial<'_> {
    type Target = Access;
    type Output<F> = ();

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        access.post_json("/cgi-bin/material/del_material", &json!({ "media_id": self.media_id }))
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<(), ApiError> {
        answer.deserialize::<Value>("the outcome of a deletion").map(drop)
    }

    fn subject(&self) -> &str {
        self.media_id
    }
}

/// Deletes an asset, and returns whether it existed.
fn delete(client: &Client, media_id: &str) -> Result<bool, ClientError> {
    match client.call(&DeleteMaterial { media_id }) {
        Ok(()) => Ok(true),
        Err(error) if error.fault().map(Fault::category) == Some(Category::Argument) => Ok(false),
        Err(error) => Err(error),
    }
}

mod tests {
    use std::time::Duration;

    use wechat_material::http::Response;
    use wechat_material::{ErrorCode, RetryPolicy};
    use wechat_material_testkit::{Emulator, Quirk, TestClock};

    use super::*;
    use crate::{builder, is_for_a_token};

    fn emulator() -> Emulator {
        let answers = Emulator::builder().answer_with("/cgi-bin/material/del_material", |request| {
            let is_known = request.body() == br#"{"media_id":"IMAGE-01"}"#;
            let answer = if is_known {
                r#"{"errcode":0,"errmsg":"ok"}"#
            } else {
                r#"{"errcode":40007,"errmsg":"invalid media_id"}"#
            };
            Response::new(answer.into())
        });
        answers.start().unwrap()
    }

    #[test]
    fn an_asset_is_deleted_after_a_transient_failure_and_with_a_new_token() {
        let emulator = emulator();
        let clock = TestClock::new();
        let client = builder(&emulator).clock(clock.clone()).build();
        client.token().unwrap();
        emulator.expire_tokens();
        emulator.take_exchanges();
        emulator.misbehave_next(1, Quirk::BadGateway);
        assert!(delete(&client, "IMAGE-01").unwrap());
        let (tokens, calls): (Vec<_>, Vec<_>) =
            emulator.take_exchanges().into_iter().partition(is_for_a_token);
        assert_eq!((tokens.len(), calls.len()), (1, 3));
        let [wait] = clock.waits()[..] else { panic!("{:?}", clock.waits()) };
        assert!(wait <= Duration::from_millis(500), "{wait:?}");
    }

    #[test]
    fn an_unknown_id_is_an_answer_and_other_faults_are_errors() {
        let emulator = emulator();
        let client = builder(&emulator).retry(RetryPolicy::never()).build();
        assert!(!delete(&client, "NO-SUCH-ID").unwrap());
        emulator.misbehave_next(1, Quirk::Errcode(48001));
        let error = delete(&client, "IMAGE-01").unwrap_err();
        assert_eq!(error.fault().map(|fault| fault.code), Some(ErrorCode::API_UNAUTHORIZED));
        assert!(error.to_string().starts_with("DeleteMaterial failed: "), "{error}");
    }

    #[test]
    fn a_deletion_that_may_have_arrived_is_not_retried() {
        let emulator = emulator();
        let client = builder(&emulator).build();
        client.token().unwrap();
        emulator.misbehave_next(1, Quirk::ResetBeforeBody);
        delete(&client, "IMAGE-01").unwrap_err();
        assert_eq!(
            emulator.take_exchanges().into_iter().filter(|exchange| !is_for_a_token(exchange)).count(),
            1
        );
    }
}
