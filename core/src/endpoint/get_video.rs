//! `GET` of a video's link: returns the file.

use http::Request;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{Answer, Endpoint, OwnUrl};
use crate::error::{ApiError, BuildError};
use crate::flow::Expect;
use crate::material::{Video, VideoLink};

/// Fetches the file that a video's [`down_url`](Video::down_url) leads to, without the access token.
///
/// The link is valid for a limited time after [`GetMaterial`](super::GetMaterial) returned it. A link to a page is
/// refused when the request is built.
///
/// ```
/// use wechat_material::{Endpoint, GetVideo, OwnUrl, Video};
///
/// let mut video = Video::default();
/// video.down_url = "http://203.0.113.7/1007.f10.mp4?vkey=22A7".to_owned();
/// let request = GetVideo::new(&video).to_request(&OwnUrl::default())?;
/// assert_eq!(request.uri(), "http://203.0.113.7/1007.f10.mp4?vkey=22A7");
/// # Ok::<(), wechat_material::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GetVideo<'v> {
    video: &'v Video,
}

impl<'v> GetVideo<'v> {
    /// Asks for the file of this video.
    pub fn new(video: &'v Video) -> Self {
        Self { video }
    }
}

impl Endpoint for GetVideo<'_> {
    type Target = OwnUrl;
    type Output<F> = F;

    /// Characters that a URL cannot contain are percent-encoded; the rest of the link is used as it is.
    fn to_request(&self, target: &OwnUrl) -> Result<Request<Vec<u8>>, BuildError> {
        let VideoLink::File(url) = self.video.link() else {
            return Err(BuildError::Link {
                problem: "leads to a page that plays the video, not to its file",
            });
        };
        let url = url.split('#').next().unwrap_or_default().trim();
        target.get(&utf8_percent_encode(url, NOT_IN_URLS).to_string())
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<F, ApiError> {
        match answer {
            Answer::File(file) => Ok(file),
            Answer::Json(_) => Err(ApiError::shape("a video file")),
        }
    }

    fn expect(&self) -> Expect {
        Expect::File
    }

    /// The id in Tencent's video service, if the answer contained it.
    fn subject(&self) -> &str {
        &self.video.vid
    }

    fn fallback_name(&self) -> &str {
        &self.video.title
    }

    fn name(&self) -> &'static str {
        "get_video"
    }

    fn is_idempotent(&self) -> bool {
        true
    }
}

/// Characters that a URL cannot contain. A percent sign stays: WeChat has encoded what needs it.
const NOT_IN_URLS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_is_the_id_of_the_video() {
        let video = Video { vid: "wxv_7".to_owned(), ..Video::default() };
        assert_eq!(GetVideo::new(&video).subject(), "wxv_7");
        assert_eq!(GetVideo::new(&Video::default()).subject(), "");
    }

    #[test]
    fn a_link_becomes_a_request_without_changing_what_it_means() {
        let uri = |url: &str| {
            let video = Video { down_url: url.to_owned(), ..Video::default() };
            let request = GetVideo::new(&video).to_request(&OwnUrl::default())?;
            assert_eq!(request.method(), http::Method::GET);
            Ok::<_, BuildError>(request.uri().to_string())
        };
        for (url, expected) in [
            ("http://203.0.113.7/a/b.mp4?vkey=%2F+x&y=1", "http://203.0.113.7/a/b.mp4?vkey=%2F+x&y=1"),
            (" https://v.example:8443/a.mp4#t=1\n", "https://v.example:8443/a.mp4"),
            ("http://203.0.113.7/a b|c\"?x={1}\n中", "http://203.0.113.7/a%20b%7Cc%22?x=%7B1%7D%0A%E4%B8%AD"),
        ] {
            assert_eq!(uri(url).unwrap(), expected);
        }
        for (url, problem) in [
            ("http://mp.weixin.qq.com/mp/mp/video?__biz=M#rd", "page"),
            ("ftp://203.0.113.7/a.mp4", "http or https"),
            ("/a.mp4", "http or https"),
            ("", "not a URL"),
            ("http://", "not a URL"),
        ] {
            let error = uri(url).unwrap_err().to_string();
            assert!(error.contains(problem), "{url}: {error}");
        }
    }
}
