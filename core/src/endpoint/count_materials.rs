//! `GET /cgi-bin/material/get_materialcount`: how many assets of each type there are.

use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Access, Answer, Endpoint};
use crate::error::{ApiError, BuildError};
use crate::json::Fields;

/// Counts the permanent assets of each type, including those made in the web console.
///
/// WeChat's page:
/// [getMaterialCount](https://developers.weixin.qq.com/doc/service/api/material/permanent/api_getmaterialcount).
///
/// ```
/// use wechat_material::{Access, AccessToken, CountMaterials, Endpoint};
///
/// let request = CountMaterials.to_request(&Access::new(&AccessToken::new("81_Zx3")))?;
/// assert_eq!(request.uri().path(), "/cgi-bin/material/get_materialcount");
///
/// // … and once your HTTP client has the response:
/// let body = br#"{"voice_count":0,"video_count":2,"image_count":31,"news_count":7}"#;
/// assert_eq!(CountMaterials.parse(http::Response::new(body.to_vec()))?.image, 31);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CountMaterials;

impl Endpoint for CountMaterials {
    type Target = Access;
    type Output<F> = MaterialCounts;

    fn to_request(&self, access: &Access) -> Result<Request<Vec<u8>>, BuildError> {
        access.get("/cgi-bin/material/get_materialcount")
    }

    fn read<F>(&self, answer: Answer<'_, F>) -> Result<MaterialCounts, ApiError> {
        let expected = "the counts of assets";
        MaterialCounts::read(answer.fields(expected)?).ok_or_else(|| ApiError::shape(expected))
    }

    fn name(&self) -> &'static str {
        "get_materialcount"
    }

    fn is_idempotent(&self) -> bool {
        true
    }
}

/// How many assets of each type there are. A count that is missing or invalid is 0.
///
/// It deserializes from the JSON that it serializes to, not from the JSON that WeChat sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MaterialCounts {
    /// Voice messages (`voice_count`).
    pub voice: u64,
    /// Videos (`video_count`).
    pub video: u64,
    /// Pictures (`image_count`).
    pub image: u64,
    /// Articles (`news_count`). Articles that were published together count as one.
    pub news: u64,
    /// Undocumented fields, and known fields with an unexpected type, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl MaterialCounts {
    /// `None` if none of the counts is there.
    fn read(mut fields: Fields) -> Option<Self> {
        let names = ["voice_count", "video_count", "image_count", "news_count"];
        if !names.iter().any(|name| fields.0.contains_key(*name)) {
            return None;
        }
        let [voice, video, image, news] = names.map(|name| fields.count(name).unwrap_or_default());
        Some(Self { voice, video, image, news, extra: fields.0 })
    }
}
