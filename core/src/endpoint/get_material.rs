//! `POST /cgi-bin/material/get_material`: an asset by its media id.

use http::response::Parts;
use http::{Request, Response};
use serde::Serialize;

use super::{Access, Endpoint};
use crate::classify::{self, Content};
use crate::error::{ApiError, BuildError};
use crate::material::{File, Material};
use crate::parse::{ParseOptions, Parsed};
use crate::receive::Receiver;
use crate::secret::Authorization;

/// Fetches a permanent asset: articles, a video's link, or the bytes of a picture, voice or thumb.
///
/// Temporary assets are not served here: WeChat answers their ids with
/// [`INVALID_MEDIA_ID`](crate::ErrorCode::INVALID_MEDIA_ID).
///
/// WeChat's page: [getMaterial](https://developers.weixin.qq.com/doc/service/api/material/permanent/api_getmaterial).
///
/// ```
/// use wechat_material::{Access, AccessToken, Endpoint, GetMaterial, Material};
///
/// let get = GetMaterial::new("61224425");
/// let request = get.to_request(&Access::new(&AccessToken::new("81_Zx3")))?;
/// assert_eq!(request.uri().path(), "/cgi-bin/material/get_material");
///
/// // … and once your HTTP client has the response:
/// let response = http::Response::new(br#"{"news_item":[{"title":"\u65b0\u95fb"}]}"#.to_vec());
/// let Material::News(news) = get.parse(response)? else { panic!("not news") };
/// assert_eq!(news.articles[0].title, "新闻");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GetMaterial {
    media_id: String,
}

#[derive(Serialize)]
struct Body<'a> {
    media_id: &'a str,
}

impl GetMaterial {
    /// Asks for the asset with this id. Any text will do; an empty one is refused when the request is built.
    pub fn new(media_id: impl Into<String>) -> Self {
        Self { media_id: media_id.into() }
    }

    /// The id that is asked for.
    pub fn media_id(&self) -> &str {
        &self.media_id
    }

    /// Judges a response as it arrives, so that a file need not be held in memory: see [`Receiver`].
    pub fn receiver(&self, options: &ParseOptions, head: Parts) -> Receiver {
        Receiver::new(&self.media_id, options, head)
    }
}

impl Endpoint for GetMaterial {
    type Target = Access;
    type Output = Material;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        if self.media_id.is_empty() {
            return Err(BuildError::EmptyMediaId);
        }
        access.post_json("/cgi-bin/material/get_material", &Body { media_id: &self.media_id })
    }

    fn parse_with(
        &self,
        options: &ParseOptions,
        response: Response<Vec<u8>>,
    ) -> Result<Parsed<Material>, ApiError> {
        let (answer, head, body) = classify::judge(Authorization::AccessToken, options, response)?;
        let output = match answer.content {
            Content::Json(object) => classify::material(object, &body)?,
            Content::File => {
                let info = head.into_file_info(&body, body.len() as u64).kept_as(&self.media_id);
                Material::File(File { info, bytes: body })
            }
        };
        Ok(Parsed { output, repairs: answer.repairs, evidence: answer.evidence })
    }

    fn subject(&self) -> &str {
        &self.media_id
    }

    fn is_repeatable(&self) -> bool {
        true
    }
}
