//! Lists that fetch their pages when they are needed.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use futures_core::Stream;
use wechat_material::driver::{ListChanges, ListWalk, MaybeSend, MaybeSync};
use wechat_material::{AsyncTransport, ClientError, ListMaterials, MaterialItem, MaterialPage};

use super::Client;

/// The assets of a type, in WeChat's order, as a [`Stream`]. A page is fetched when its first item is needed.
pub struct Materials<T> {
    client: Client<T>,
    walk: ListWalk,
    items: vec::IntoIter<MaterialItem>,
    /// The page that is being fetched.
    page: Option<Fetching>,
}

#[cfg(not(target_arch = "wasm32"))]
type Fetching = Pin<Box<dyn Future<Output = Result<MaterialPage, ClientError>> + Send>>;
#[cfg(target_arch = "wasm32")]
type Fetching = Pin<Box<dyn Future<Output = Result<MaterialPage, ClientError>>>>;

impl<T> Materials<T> {
    pub(super) fn new(client: Client<T>, first: ListMaterials) -> Self {
        Self { client, walk: ListWalk::new(first), items: Vec::new().into_iter(), page: None }
    }

    /// How many assets were listed until now, and what changed in the meantime.
    pub fn changes(&self) -> ListChanges {
        self.walk.changes()
    }
}

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Materials<T> {
    /// The next asset; `None` after the last one, and after an error. This needs no crate for streams.
    ///
    /// If the future is dropped, nothing is lost: the next one continues to fetch the same page.
    pub async fn next(&mut self) -> Option<Result<MaterialItem, ClientError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Collects the remaining assets.
    ///
    /// # Errors
    ///
    /// The first error. The assets before it are dropped; to get them, use [`next`](Self::next).
    pub async fn try_collect(mut self) -> Result<Vec<MaterialItem>, ClientError> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }
}

impl<T: AsyncTransport + MaybeSend + MaybeSync + 'static> Stream for Materials<T> {
    type Item = Result<MaterialItem, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(list) = this.walk.next_page() else { return Poll::Ready(None) };
            // Taken out, so that a future that panics is not polled again.
            let mut page = this.page.take().unwrap_or_else(|| {
                let (client, list) = (this.client.clone(), list.clone());
                Box::pin(async move { client.call(&list).await })
            });
            let Poll::Ready(page) = page.as_mut().poll(context) else {
                this.page = Some(page);
                return Poll::Pending;
            };
            match this.walk.handle(page) {
                Ok(items) => this.items = items.into_iter(),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl<T> fmt::Debug for Materials<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Materials").field("walk", &self.walk).finish_non_exhaustive()
    }
}
