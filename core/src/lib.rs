#![doc = include_str!("../README.md")]

pub use bytes;
pub use http;
pub use serde_json;

mod answer;
mod call;
mod classify;
pub mod driver;
mod endpoint;
mod error;
mod flow;
mod header;
mod json;
mod material;
mod parse;
mod receive;
mod secret;
mod transport;

pub use answer::{Answer, Object};
pub use call::{CallError, call, call_async};
pub use endpoint::{
    Access, BaseUrl, CountMaterials, Endpoint, GetMaterial, GetVideo, IssuedToken, ListMaterials, OwnUrl,
    StableToken,
};
pub use endpoint::{MaterialCounts, MaterialItem, MaterialPage, MaterialType, Token, UnknownMaterialType};
pub use error::{ApiError, BuildError, Category, ErrorCode, Fault, Limit};
pub use flow::{ClientConfig, ClientError, ClientEvent, EventKind, Expect, RetryPolicy, WaitReason};
pub use header::{ContentDisposition, ContentType};
pub use json::{Repair, RepairKind, Strictness};
pub use material::{Article, File, FileInfo, FileType, Material, News, Video, VideoLink};
pub use parse::{Evidence, ParseOptions, Parsed};
pub use secret::{AccessToken, AppSecret, Credentials};
pub use transport::{
    AddressError, AddressPolicy, AsyncTransport, BoxAsyncTransport, BoxTransport, FailureKind, Transport,
    TransportError, TransportFn,
};
