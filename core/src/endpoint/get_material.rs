//! `POST /cgi-bin/material/get_material`: an asset by its media id.

use http::Request;
use serde::Serialize;
use serde_json::Value;

use super::{Access, Answer, Endpoint};
use crate::error::{ApiError, BuildError};
use crate::flow::Expect;
use crate::material::{Material, News, Video};

/// Fetches a permanent asset: articles, a video's link, or the bytes of a picture, voice message or
/// thumbnail.
///
/// This call does not serve temporary assets: WeChat answers their ids with
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
    /// Asks for the asset with this id. An empty id is refused when the request is built.
    pub fn new(media_id: impl Into<String>) -> Self {
        Self { media_id: media_id.into() }
    }

    /// The media id.
    pub fn media_id(&self) -> &str {
        &self.media_id
    }
}

impl Endpoint for GetMaterial {
    type Target = Access;
    type Output<F> = Material<F>;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        if self.media_id.is_empty() {
            return Err(BuildError::EmptyMediaId);
        }
        access.post_json("/cgi-bin/material/get_material", &Body { media_id: &self.media_id })
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<Material<F>, ApiError> {
        let object = match answer {
            Answer::Json(object) => object.fields,
            Answer::File(file) => return Ok(Material::File(file)),
        };
        if object.0.get("news_item").is_some_and(Value::is_array) {
            return Ok(Material::News(News::from(object)));
        }
        if object.0.get("down_url").is_some_and(Value::is_string) {
            return Ok(Material::Video(Video::from(object)));
        }
        Err(ApiError::shape("news, a video or a file"))
    }

    fn expect(&self) -> Expect {
        Expect::File
    }

    fn subject(&self) -> &str {
        &self.media_id
    }

    fn name(&self) -> &'static str {
        "get_material"
    }

    fn is_idempotent(&self) -> bool {
        true
    }
}
