#![doc = include_str!("../README.md")]

mod builder;
mod inner;
mod listener;
mod nonblocking;
mod save;
mod source;

pub mod blocking;

pub use builder::{ClientBuilder, NoRuntime};
pub use nonblocking::{AsyncObtainToken, Client, Download, Materials, Obtaining, TokenSource};
#[cfg(feature = "tokio")]
pub use nonblocking::{AsyncRewind, TokioRuntime};
pub use save::{SaveTo, SavedFile, remove_unfinished_downloads};
pub use source::{Source, SourceError};
