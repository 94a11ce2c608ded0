#![doc = include_str!("../README.md")]

pub use bytes;
pub use http;

mod call;
mod classify;
mod endpoint;
mod error;
mod exchange;
mod header;
mod json;
mod material;
mod parse;
mod receive;
mod secret;
mod session;
mod transport;

pub use call::{CallError, ClientError, DownloadError, call, call_async};
pub use endpoint::{Access, BaseUrl, Endpoint, GetMaterial, IssuedToken, StableToken, Token, parse_json};
pub use endpoint::{
    CountMaterials, ListMaterials, MaterialCounts, MaterialItem, MaterialPage, MaterialType,
    UnknownMaterialType,
};
#[doc(hidden)]
pub use error::Excerpt;
pub use error::{ApiError, BuildError, Category, ErrorCode, Fault, Limit};
pub use exchange::{Event, Exchange, RetryPolicy, Step, retry_after};
pub use header::{ContentDisposition, ContentType};
pub use json::{Repair, RepairKind, Strictness};
pub use material::{Article, File, FileInfo, FileType, Material, News, Video, VideoLink};
pub use parse::{Evidence, ParseOptions, Parsed};
pub use receive::{Feed, Receiver};
pub use secret::{AccessToken, AppSecret, Authorization, Credentials, Redacted};
pub use session::{Generation, Lease, Moment, Renewal, Session};
pub use transport::{AsyncBody, AsyncChunks, AsyncTransport, Body, Chunks, Failure, Transport, TransportFn};
#[doc(hidden)]
pub use transport::{Telling, Untold};
