#![doc = include_str!("../README.md")]

pub use bytes;
pub use http;

mod call;
mod classify;
mod endpoint;
mod error;
mod header;
mod json;
mod material;
mod parse;
mod receive;
mod secret;
mod transport;

pub use call::{CallError, DownloadError, call, call_async};
pub use endpoint::{Access, BaseUrl, Endpoint, GetMaterial, parse_json};
#[doc(hidden)]
pub use error::Excerpt;
pub use error::{ApiError, BuildError, Category, ErrorCode, Fault, Limit};
pub use header::{ContentDisposition, ContentType};
pub use json::{Repair, RepairKind, Strictness};
pub use material::{Article, File, FileInfo, FileType, Material, News, Video, VideoLink};
pub use parse::{Evidence, ParseOptions, Parsed};
pub use receive::{Feed, Receiver};
pub use secret::{AccessToken, Authorization, Redacted};
pub use transport::{AsyncBody, AsyncChunks, AsyncTransport, Body, Chunks, Failure, Transport, TransportFn};
#[doc(hidden)]
pub use transport::{Telling, Untold};
