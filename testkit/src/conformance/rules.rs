//! The rules, each with the server that puts it to the test.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use wechat_material::Failure;
use wechat_material::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use wechat_material::http::{HeaderValue, Request};

use super::Finding;
use super::LIMIT;
use super::host::{Answer, Host, header};
use super::subject::{Answered, Failed, Subject};
use super::tls;

/// Something that a transport has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Method, path, query, headers and body arrive as they were built: percent-encoding untouched, bytes that are
    /// not ASCII kept.
    SendsTheRequestAsBuilt,
    /// All response headers are kept, repeated and non-ASCII ones too.
    KeepsEveryHeader,
    /// Every status is an answer.
    TakesEveryStatus,
    /// No redirect is followed, and no Referer is sent.
    FollowsNoRedirect,
    /// A body that ends before its announced length is an error.
    EnforcesTheLength,
    /// A body without an end ends at the transport's limit, as an error.
    EndsEndlessBodies,
    /// A body that comes drop by drop ends with the timeout, as an error.
    EndsDrips,
    /// Whoever undoes a `Content-Encoding` drops that header and `Content-Length`.
    DropsWhatItUndoes,
    /// A self-signed certificate is refused, and `failure` says `Final`.
    RefusesSelfSigned,
    /// `failure` says `Connect` of a refused connection, `Interrupted` of a reset, `Timeout` of silence.
    TellsFailuresApart,
    /// Calls go on working, over connections that stay open and behind ones that the server said it would close.
    KeepsWorking,
    /// Two calls at once get each its own answer.
    KeepsCallsApart,
    /// No error prints the token, nor do its causes, plain or percent-encoded.
    PrintsNoToken,
}

impl Rule {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::SendsTheRequestAsBuilt,
        Self::KeepsEveryHeader,
        Self::TakesEveryStatus,
        Self::FollowsNoRedirect,
        Self::EnforcesTheLength,
        Self::EndsEndlessBodies,
        Self::EndsDrips,
        Self::DropsWhatItUndoes,
        Self::RefusesSelfSigned,
        Self::TellsFailuresApart,
        Self::KeepsWorking,
        Self::KeepsCallsApart,
        // Last, as it looks at the errors of all others.
        Self::PrintsNoToken,
    ];
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SendsTheRequestAsBuilt => "sends the request as built",
            Self::KeepsEveryHeader => "keeps every header",
            Self::TakesEveryStatus => "takes every status for an answer",
            Self::FollowsNoRedirect => "follows no redirect",
            Self::EnforcesTheLength => "enforces the announced length",
            Self::EndsEndlessBodies => "ends endless bodies",
            Self::EndsDrips => "ends drips by its timeout",
            Self::DropsWhatItUndoes => "drops the headers of an encoding that it undoes",
            Self::RefusesSelfSigned => "refuses a self-signed certificate",
            Self::TellsFailuresApart => "tells failures apart",
            Self::KeepsWorking => "keeps working call after call",
            Self::KeepsCallsApart => "keeps two calls apart",
            Self::PrintsNoToken => "prints no token",
        })
    }
}

pub(super) async fn check(subject: &impl Subject) -> Vec<Finding> {
    let bench = Bench { subject, printed: RefCell::default() };
    let mut findings = Vec::with_capacity(Rule::ALL.len());
    for rule in Rule::ALL.iter().copied() {
        let outcome = bench.hold_to(rule).await;
        findings.push(Finding { rule, violation: outcome.err().map(|violation| violation.to_string()) });
    }
    findings
}

/// What was seen in place of what the rule says.
type Violation = Box<dyn Error>;
type Outcome = Result<(), Violation>;

/// `CANARY#&%+ 中`, percent-encoded.
const ENCODED: &str = "CANARY%23%26%25%2B%20%E4%B8%AD";
const PATH: &str = "/cgi-bin/a%2Fb/get_material";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

struct Bench<'s, S> {
    subject: &'s S,
    /// All that errors have printed.
    printed: RefCell<Vec<String>>,
}

impl<S: Subject> Bench<'_, S> {
    async fn hold_to(&self, rule: Rule) -> Outcome {
        match rule {
            Rule::SendsTheRequestAsBuilt => self.sends_the_request_as_built().await,
            Rule::KeepsEveryHeader => self.keeps_every_header().await,
            Rule::TakesEveryStatus => self.takes_every_status().await,
            Rule::FollowsNoRedirect => self.follows_no_redirect().await,
            Rule::EnforcesTheLength => self.enforces_the_length().await,
            Rule::EndsEndlessBodies => {
                let flood = 8 * usize::try_from(LIMIT)? / CHUNK;
                let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
                // Its end is far beyond the limit.
                self.fails([Answer::Flood([head, vec![b'x'; CHUNK]].concat(), flood)]).await.map(drop)
            }
            Rule::EndsDrips => {
                let head = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n".to_vec();
                let drip = Answer::Drip(head, vec![b'x'; 20]);
                let failed = self.fails([drip]).await?;
                expect("failure", &failed.failure, &Failure::Timeout)
            }
            Rule::DropsWhatItUndoes => self.drops_what_it_undoes().await,
            Rule::RefusesSelfSigned => self.refuses_self_signed().await,
            Rule::TellsFailuresApart => self.tells_failures_apart().await,
            Rule::KeepsWorking => self.keeps_working().await,
            Rule::KeepsCallsApart => self.keeps_calls_apart().await,
            Rule::PrintsNoToken => self.prints_no_token(),
        }
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Answered {
        let answered = self.subject.send(request).await;
        self.listen(&answered);
        answered
    }

    fn listen(&self, answered: &Answered) {
        if let Err(failed) = answered {
            self.printed.borrow_mut().push(failed.printed.clone());
        }
    }

    /// The failure that such answers lead to.
    async fn fails(&self, answers: impl IntoIterator<Item = Answer>) -> Result<Failed, Violation> {
        let host = Host::with(answers)?;
        match self.send(request(host.address())?).await {
            Err(failed) => Ok(failed),
            Ok(response) => Err(format!(
                "an answer with status {} and {} bytes in place of an error",
                response.status().as_u16(),
                response.body().len()
            )
            .into()),
        }
    }

    async fn sends_the_request_as_built(&self) -> Outcome {
        let host = Host::with([Answer::Last(OK.to_vec())])?;
        let mut request = request(host.address())?;
        request.headers_mut().insert("x-name", HeaderValue::from_bytes("绿\u{FF}".as_bytes())?);
        request.headers_mut().append("x-twice", HeaderValue::from_static("1"));
        request.headers_mut().append("x-twice", HeaderValue::from_static("2"));
        let body = b"{\"media_id\":\"\xE7\xBB\xBF\0\xFF\"}";
        *request.body_mut() = body.to_vec();
        self.send(request).await.map_err(unanswered)?;
        let asked = host.asked().pop().ok_or("no request came")?;
        let end =
            asked.windows(4).position(|window| window == b"\r\n\r\n").ok_or("a request without an end")?;
        let (head, sent) = (&asked[..end], &asked[end + 4..]);
        let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
        expect("request line", &text(line), &format!("POST {PATH}?access_token={ENCODED} HTTP/1.1"))?;
        expect("x-name", &header(head, b"x-name").map(text), &Some(text("绿\u{FF}".as_bytes())))?;
        expect("accept-encoding", &header(head, b"accept-encoding").map(text), &Some("identity".to_owned()))?;
        let lower = head.to_ascii_lowercase();
        let twice = text(&lower).matches("x-twice").count();
        let joined = header(head, b"x-twice").map(text);
        if twice != 2 && joined.as_deref() != Some("1, 2") {
            return Err(format!("a header with two values arrived {twice} times").into());
        }
        expect("body", &text(sent), &text(body))
    }

    async fn keeps_every_header(&self) -> Outcome {
        let head = [
            &b"HTTP/1.1 200 OK\r\nX-Latin: caf\xE9\r\n"[..],
            "Content-Disposition: attachment; filename=\"绿.jpg\"\r\n".as_bytes(),
            "X-Equal: 1\r\n".repeat(50).as_bytes(),
            b"Content-Length: 2\r\n\r\n{}",
        ]
        .concat();
        let host = Host::with([Answer::Last(head)])?;
        let response = self.send(request(host.address())?).await.map_err(unanswered)?;
        let value = |name: &str| response.headers().get(name).map(|value| text(value.as_bytes()));
        expect("headers of one name", &response.headers().get_all("x-equal").iter().count(), &50)?;
        expect("x-latin", &value("x-latin"), &Some(text(b"caf\xE9")))?;
        expect(
            "content-disposition",
            &value("content-disposition"),
            &Some(text("attachment; filename=\"绿.jpg\"".as_bytes())),
        )
    }

    async fn takes_every_status(&self) -> Outcome {
        for status in [206, 400, 401, 404, 407, 413, 429, 500, 502, 503] {
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\nwords");
            let host = Host::with([Answer::Last(answer.into_bytes())])?;
            let response = self.send(request(host.address())?).await.map_err(unanswered)?;
            expect("status", &response.status().as_u16(), &status)?;
            expect("body", &text(response.body()), &"words".to_owned())?;
        }
        Ok(())
    }

    async fn follows_no_redirect(&self) -> Outcome {
        for status in [301, 302, 303, 307, 308] {
            let elsewhere = Host::with([Answer::Last(OK.to_vec())])?;
            let location = format!("http://{}/elsewhere", elsewhere.address());
            let answer = format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let host = Host::with([Answer::Last(answer.into_bytes())])?;
            let response = self.send(request(host.address())?).await.map_err(unanswered)?;
            expect("status", &response.status().as_u16(), &status)?;
            expect("requests at the redirect's target", &elsewhere.asked().len(), &0)?;
            let asked = host.asked().pop().ok_or("no request came")?;
            expect("referer", &header(&asked, b"referer").map(text), &None)?;
        }
        Ok(())
    }

    async fn enforces_the_length(&self) -> Outcome {
        for truncated in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}"[..],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Le",
        ] {
            self.fails([Answer::Last(truncated.to_vec())]).await?;
        }
        Ok(())
    }

    async fn drops_what_it_undoes(&self) -> Outcome {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", GZIP.len());
        let host = Host::with([Answer::Last([head.as_bytes(), GZIP].concat())])?;
        let response = self.send(request(host.address())?).await.map_err(unanswered)?;
        let is_undone = response.body() != GZIP;
        let headers = response.headers();
        match (is_undone, headers.contains_key(CONTENT_ENCODING), headers.contains_key(CONTENT_LENGTH)) {
            (false, true, _) | (true, false, false) => Ok(()),
            (false, false, _) => Err("the body is still encoded, and Content-Encoding is gone".into()),
            (true, _, _) => {
                Err("the body is decoded, and Content-Encoding or Content-Length is still there".into())
            }
        }
    }

    async fn refuses_self_signed(&self) -> Outcome {
        let address = tls::self_signed(OK)?;
        let mut request = request(address)?;
        *request.uri_mut() = request.uri().to_string().replacen("http:", "https:", 1).parse()?;
        match self.send(request).await {
            Ok(_) => Err("an answer over a certificate that nobody signed".into()),
            Err(failed) => expect("failure", &failed.failure, &Failure::Final),
        }
    }

    async fn tells_failures_apart(&self) -> Outcome {
        let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        match self.send(request(closed)?).await {
            Ok(_) => return Err("an answer where nobody listens".into()),
            Err(failed) => expect("failure of a refused connection", &failed.failure, &Failure::Connect)?,
        }
        let reset = self.fails([Answer::Reset]).await?;
        expect("failure of a reset", &reset.failure, &Failure::Interrupted)?;
        let silence = self.fails([Answer::Silence]).await?;
        expect("failure of silence", &silence.failure, &Failure::Timeout)
    }

    async fn keeps_working(&self) -> Outcome {
        let answer = |body: &str| {
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
        };
        let bodies = ["one", "two", "three", "four"];
        let host = Host::with([
            Answer::Bytes(answer("one")),
            Answer::Last(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\ntwo".to_vec()),
            Answer::Bytes(answer("three")),
            Answer::Bytes(answer("four")),
        ])?;
        for body in bodies {
            let response = self.send(request(host.address())?).await.map_err(unanswered)?;
            expect("body", &text(response.body()), &body.to_owned())?;
        }
        Ok(())
    }

    async fn keeps_calls_apart(&self) -> Outcome {
        let answer = |body: &str| {
            Answer::Last(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into())
        };
        for _ in 0..10 {
            let (left, right) = (Host::with([answer("left")])?, Host::with([answer("right")])?);
            let both = self.subject.send_both(request(left.address())?, request(right.address())?).await;
            self.listen(&both.0);
            self.listen(&both.1);
            expect("body of the first", &text(both.0.map_err(unanswered)?.body()), &"left".to_owned())?;
            expect("body of the second", &text(both.1.map_err(unanswered)?.body()), &"right".to_owned())?;
        }
        Ok(())
    }

    fn prints_no_token(&self) -> Outcome {
        let printed = self.printed.borrow();
        if printed.is_empty() {
            return Err("no error was ever seen".into());
        }
        match printed.iter().find(|printed| printed.contains("CANARY")) {
            Some(printed) => Err(format!("an error that prints {printed}").into()),
            None => Ok(()),
        }
    }
}

/// Bytes that a flood comes in.
const CHUNK: usize = 64 << 10;

/// `{"news_item":[{"title":"gzip"}]}`, compressed.
const GZIP: &[u8] =
    b"\x1F\x8B\x08\0\0\0\0\0\x02\xFF\xABV\xCAK-/\x8E\xCF,I\xCDU\xB2\x8A\xAEV*\xC9,\xC9IU\xB2RJ\xAF\xCA,P\xAA\
                      \x8D\xAD\x05\0\xB9\x0E,\xA1\x20\0\0\0";

/// A request as the core builds them, with a token in its query.
fn request(address: SocketAddr) -> Result<Request<Vec<u8>>, Violation> {
    let request = Request::post(format!("http://{address}{PATH}?access_token={ENCODED}"))
        .header("content-type", "application/json")
        .header("accept-encoding", "identity");
    Ok(request.body(b"{\"media_id\":\"id\"}".to_vec())?)
}

fn expect<T: fmt::Debug + PartialEq>(what: &str, seen: &T, expected: &T) -> Outcome {
    if seen == expected { Ok(()) } else { Err(format!("{what}: {seen:?} in place of {expected:?}").into()) }
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn unanswered(failed: Failed) -> Violation {
    format!("an error in place of an answer ({:?})", failed.failure).into()
}
