//! Parts of a response that repeat the app secret are left out of the error.

use wechat_material::driver::TokenGrant;
use wechat_material::{ClientError, FailureKind, RetryPolicy, TransportError};

use crate::response::response;
use crate::{START, Script, Step, credentials, refused, stable, under};

/// The error of a renewal if WeChat sends this message.
fn failed(mut script: Script, words: &str) -> ClientError {
    assert_eq!(script.poll(), Step::Send);
    let body = format!(r#"{{"errcode":40164,"errmsg":"{words}"}}"#);
    assert_eq!(script.answered(response(200, &[], body)), Step::Finish);
    let cause = script.tokens.failure_since(script.id).expect("it has not failed");
    ClientError::Token(cause)
}

#[test]
fn messages_that_repeat_the_app_secret_or_the_refused_token_are_left_out() {
    let config = under(&RetryPolicy::default());
    for grant in [stable, || TokenGrant::Classic(credentials())] {
        let script = || Script::begun(refused("81_old"), grant(), &config, START);
        for words in ["bad 5ec2e7", "bad %35ec2e7", "at ?secret=5ec2e7&x", "for 81_old"] {
            let error = failed(script(), words);
            let fault = error.fault().unwrap();
            assert!(fault.is_redacted(), "{words}");
            assert_eq!((fault.code.0, fault.message.as_str(), fault.raw()), (40164, "", ""));
        }
        let error = failed(script(), "invalid ip 1.2.3.4");
        let fault = error.fault().unwrap();
        assert_eq!((fault.message.as_str(), fault.is_redacted()), ("invalid ip 1.2.3.4", false));
    }
}

#[test]
fn an_error_of_the_transport_that_quotes_the_url_of_a_classic_token_is_withheld() {
    let config = under(&RetryPolicy::never());
    let mut script = Script::begun(refused("81_old"), TokenGrant::Classic(credentials()), &config, START);
    assert_eq!(script.poll(), Step::Send);
    let quoting = std::io::Error::other("error sending request for /cgi-bin/token?appid=wx&secret=5ec2e7");
    script.call.handle_failure(TransportError::new(FailureKind::Final, quoting), START);
    assert_eq!(script.poll(), Step::Finish);
    let cause = script.tokens.failure_since(script.id).expect("it has not failed");
    let text = format!("{cause} {cause:?} {:?}", cause.source());
    assert!(!text.contains("5ec2e7") && text.contains("withheld"), "{text}");
}
