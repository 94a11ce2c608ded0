//! One interface for calls of all endpoints, with and without streaming.

use std::fmt::Debug;

use wechat_material::driver::{Action, Call, Feed, Moment, Received, TokenCache};
use wechat_material::http::Response;
use wechat_material::http::response::Parts;
use wechat_material::{
    Access, ClientError, ClientEvent, Endpoint, File, FileInfo, Material, MaterialCounts, MaterialPage,
    TransportError,
};

/// A [`Call`] of any type.
pub(super) trait Machine: Debug {
    fn poll(&mut self, tokens: &mut TokenCache, now: Moment) -> Action;
    fn lease(&mut self, tokens: &mut TokenCache, now: Moment) -> Option<Moment>;
    fn next_action(&mut self, now: Moment) -> Action;
    fn handle_response(&mut self, response: Response<Vec<u8>>, now: Moment);
    fn handle_head(&mut self, head: Parts, now: Moment);
    fn handle_chunk<'b>(&mut self, chunk: &'b [u8], now: Moment) -> Feed<'b>;
    fn handle_end(&mut self, now: Moment) -> Feed<'static>;
    fn handle_failure(&mut self, error: TransportError, now: Moment);
    fn handle_sink_failure(&mut self, source: std::io::Error, written: u64, now: Moment);
    fn handle_rewound(&mut self, now: Moment);
    fn handle_no_rewind(&mut self, now: Moment);
    fn is_receiving(&self) -> bool;
    fn record_events(&mut self);
    fn next_event(&mut self) -> Option<ClientEvent>;
    fn finish(self: Box<Self>) -> Result<Output, ClientError>;
}

macro_rules! forward {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $output:ty)?;)*) => {$(
        fn $name(&mut self, $($argument: $type),*) $(-> $output)? {
            Call::$name(self, $($argument),*)
        }
    )*};
}

impl<E, F> Machine for Call<'_, E, F>
where
    E: Endpoint<Target = Access>,
    F: Received,
    Output: From<E::Output<F>>,
{
    forward! {
        fn poll(tokens: &mut TokenCache, now: Moment) -> Action;
        fn lease(tokens: &mut TokenCache, now: Moment) -> Option<Moment>;
        fn next_action(now: Moment) -> Action;
        fn handle_response(response: Response<Vec<u8>>, now: Moment);
        fn handle_head(head: Parts, now: Moment);
        fn handle_end(now: Moment) -> Feed<'static>;
        fn handle_failure(error: TransportError, now: Moment);
        fn handle_sink_failure(source: std::io::Error, written: u64, now: Moment);
        fn handle_rewound(now: Moment);
        fn handle_no_rewind(now: Moment);
        fn record_events();
        fn next_event() -> Option<ClientEvent>;
    }

    fn handle_chunk<'b>(&mut self, chunk: &'b [u8], now: Moment) -> Feed<'b> {
        Call::handle_chunk(self, chunk, now)
    }

    fn is_receiving(&self) -> bool {
        Call::is_receiving(self)
    }

    fn finish(self: Box<Self>) -> Result<Output, ClientError> {
        Call::finish(*self).map(|parsed| parsed.output.into())
    }
}

/// The output of a call.
pub(super) enum Output {
    /// The length of a file, and its bytes unless they were streamed.
    File(u64, Option<Vec<u8>>),
    Json,
    Page(MaterialPage),
}

impl From<File> for Output {
    fn from(file: File) -> Self {
        Self::File(file.info.length.unwrap(), Some(file.bytes))
    }
}

impl From<FileInfo> for Output {
    fn from(info: FileInfo) -> Self {
        Self::File(info.length.unwrap(), None)
    }
}

impl<F> From<Material<F>> for Output
where
    Self: From<F>,
{
    fn from(material: Material<F>) -> Self {
        match material {
            Material::File(file) => file.into(),
            _ => Self::Json,
        }
    }
}

impl From<MaterialCounts> for Output {
    fn from(_: MaterialCounts) -> Self {
        Self::Json
    }
}

impl From<MaterialPage> for Output {
    fn from(page: MaterialPage) -> Self {
        Self::Page(page)
    }
}
