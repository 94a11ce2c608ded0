//! Lists that page by themselves.

use std::vec;

use futures_util::stream::{Stream, try_unfold};
use wechat_material::{AsyncTransport, ClientError, ListMaterials, MaterialItem};

use super::Client;

/// How far a list was read.
struct Place {
    items: vec::IntoIter<MaterialItem>,
    /// The page to come, if there is one.
    next: Option<ListMaterials>,
}

/// Assets of a type, in WeChat's order; each page is fetched when it is reached.
pub(super) fn materials<T: AsyncTransport>(
    client: Client<T>,
    first: ListMaterials,
) -> impl Stream<Item = Result<MaterialItem, ClientError<T::Error>>> + Unpin + use<T> {
    let place = Place { items: Vec::new().into_iter(), next: Some(first) };
    Box::pin(try_unfold((client, place), |(client, mut place)| async move {
        loop {
            if let Some(item) = place.items.next() {
                return Ok(Some((item, (client, place))));
            }
            let Some(list) = place.next.take() else { return Ok(None) };
            let page = client.call(&list).await?;
            place.next = list.following(&page);
            place.items = page.items.into_iter();
        }
    }))
}
