//! The built-in account: one asset of every kind. Everything in it was made for this project. `assets/make.sh` makes the
//! files.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use wechat_material::MaterialType;

use super::account::{Content as Served, Entry};

/// An asset of the built-in account.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Asset {
    /// The id to request it with.
    pub media_id: &'static str,
    /// A short description.
    pub about: &'static str,
    /// The type of the list that it is in.
    pub material_type: MaterialType,
    /// The name in that list. Articles have no name there.
    name: &'static str,
    /// The time of the last change, in seconds since 1970.
    update_time: u64,
    content: Content,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    /// An object. The argument is the address of the emulator, for links to files.
    Json(fn(SocketAddr) -> Value),
    /// Bytes, and the headers that describe them.
    File { headers: Headers, bytes: &'static [u8] },
}

type Headers = &'static [(&'static str, &'static [u8])];

impl Asset {
    pub(super) fn entry(&self) -> Entry {
        let content = match self.content {
            Content::Json(content) => Served::Linked(content),
            Content::File { headers, bytes } => {
                Served::File { headers: header_map(headers), bytes: Bytes::from_static(bytes) }
            }
        };
        Entry {
            media_id: self.media_id.to_owned(),
            material_type: self.material_type,
            name: self.name.to_owned(),
            update_time: self.update_time,
            content,
        }
    }
}

fn header_map(headers: Headers) -> HeaderMap {
    let value = |value| HeaderValue::from_bytes(value).expect("the headers of the built-in assets are valid");
    headers.iter().map(|(name, bytes)| (HeaderName::from_static(name), value(bytes))).collect()
}

/// The headers of the file that a video's link points to.
pub(super) fn video_headers() -> HeaderMap {
    header_map(&[("content-type", b"video/mp4")])
}

pub(super) const VIDEO: &[u8] = include_bytes!("../../assets/video.mp4");
pub(super) const VIDEO_FILE: &str = "1007_7d1e0c52a6f84b39.f10.mp4";
pub(super) const VIDEO_KEY: &str = "5D8B2C90E14F7A63";

/// Returns the assets of the built-in account.
pub fn built_in_assets() -> &'static [Asset] {
    ASSETS
}

const ASSETS: &[Asset] = &[
    Asset {
        media_id: "NEWS-ONE",
        about: "one article",
        material_type: MaterialType::News,
        name: "",
        update_time: 1_792_371_600,
        content: Content::Json(one_article),
    },
    Asset {
        media_id: "NEWS-SEVERAL_0000000000000000000000000000000",
        about: "three articles",
        material_type: MaterialType::News,
        name: "",
        update_time: 1_792_454_400,
        content: Content::Json(three_articles),
    },
    Asset {
        media_id: "VIDEO-01",
        about: "a video whose link points to a file",
        material_type: MaterialType::Video,
        name: "绿与蓝，一秒钟",
        update_time: 1_792_281_600,
        content: Content::Json(video_file),
    },
    Asset {
        media_id: "VIDEO-02",
        about: "a video whose link points to a page",
        material_type: MaterialType::Video,
        name: "网页里的视频",
        update_time: 1_792_285_200,
        content: Content::Json(video_page),
    },
    Asset {
        media_id: "IMAGE-01",
        about: "a picture (JPEG) with a Chinese file name in UTF-8",
        material_type: MaterialType::Image,
        name: "绿与蓝.jpg",
        update_time: 1_792_195_200,
        content: Content::File {
            headers: &[("content-disposition", "attachment; filename=\"绿与蓝.jpg\"".as_bytes())],
            bytes: include_bytes!("../../assets/picture.jpg"),
        },
    },
    Asset {
        media_id: "IMAGE-02",
        about: "a thumbnail (PNG), sent as text/plain without a file name",
        material_type: MaterialType::Image,
        name: "IMAGE-02",
        update_time: 1_792_198_800,
        content: Content::File {
            headers: &[("content-type", b"text/plain")],
            bytes: include_bytes!("../../assets/thumb.png"),
        },
    },
    Asset {
        media_id: "VOICE-01",
        about: "a recording (MP3) whose file name has no extension",
        material_type: MaterialType::Voice,
        name: "recording",
        update_time: 1_792_108_800,
        content: Content::File {
            headers: &[("content-disposition", b"attachment; filename=\"recording\"")],
            bytes: include_bytes!("../../assets/voice.mp3"),
        },
    },
    Asset {
        media_id: "VOICE-02",
        about: "a voice message (AMR)",
        material_type: MaterialType::Voice,
        name: "VOICE-02.amr",
        update_time: 1_792_112_400,
        content: Content::File {
            headers: &[("content-disposition", b"attachment; filename=\"VOICE-02.amr\"")],
            bytes: include_bytes!("../../assets/voice.amr"),
        },
    },
];

fn one_article(_: SocketAddr) -> Value {
    json!({
        "news_item": [article(1, "清晨的码头", "老周", "雾还没散，第一班渡轮已经靠岸。", CONTENT)],
        "create_time": 1_792_368_000,
        "update_time": 1_792_371_600,
    })
}

fn three_articles(_: SocketAddr) -> Value {
    json!({
        "news_item": [
            article(2, "一碗面的时间", "小满", "", "<p>水开，下面，三分钟。<br/>窗外的雨刚好停。</p>"),
            article(3, "旧书店搬家", "小满", "", "<p>他把最后一箱书搬上车，回头看了看那块招牌：“旧书,新主人”。</p>"),
            article(4, "怎样给猫拍照 📷", "阿灰", "", "<p>蹲下来，再低一点，<strong>等它先动</strong>。</p>"),
        ],
        "create_time": 1_792_454_400,
        "update_time": 1_792_454_400,
    })
}

const CONTENT: &str = "<section style=\"font-size:16px;\"><p>雾还没散，第一班渡轮已经靠岸。</p>\n<p>卖鱼的吆喝声隔着水面传过来，\
     像是从很远的年代。</p><p><img data-src=\"https://pictures.example/1?wx_fmt=jpeg\" data-w=\"240\"/></p>\
     <p>有人问：“今天去对岸吗？”</p><p>“去，等雾散了就去。”</p></section>";

fn article(number: u32, title: &str, author: &str, digest: &str, content: &str) -> Value {
    json!({
        "title": title,
        "author": author,
        "digest": digest,
        "content": content,
        "content_source_url": "",
        "thumb_media_id": "IMAGE-02",
        "show_cover_pic": 0,
        "url": format!("http://mp.weixin.qq.com/s?__biz=MzAwMDAwMDAwMA==&mid=10000000{number}&idx=1&sn=0#rd"),
        "thumb_url": "http://pictures.example/2?wx_fmt=png",
        "need_open_comment": 1,
        "only_fans_can_comment": 0,
    })
}

fn video_file(host: SocketAddr) -> Value {
    json!({
        "title": "绿与蓝，一秒钟",
        "description": "",
        "down_url": format!("http://{host}/vweixinp.tc.qq.com/{VIDEO_FILE}?vkey={VIDEO_KEY}&sha=0&save=1"),
        "newcat": "",
        "newsubcat": "",
        "tags": ["颜色"],
        "cover_url": "",
        "vid": "",
    })
}

fn video_page(_: SocketAddr) -> Value {
    json!({
        "title": "网页里的视频",
        "description": "在公众平台网页上传",
        "down_url": "http://mp.weixin.qq.com/mp/mp/video?__biz=MzAwMDAwMDAwMA==&mid=100000005&sn=0&vid=x0000000000&idx=1&scene=1#rd",
    })
}
