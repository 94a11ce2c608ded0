//! Lists that page by themselves.

use std::vec;

use wechat_material::{ClientError, ListMaterials, MaterialItem, Transport};

use super::Client;

/// Assets of a type, in WeChat's order; each page is fetched when it is reached.
#[derive(Debug)]
pub struct Materials<T> {
    client: Client<T>,
    /// The page to come, if there is one.
    next: Option<ListMaterials>,
    items: vec::IntoIter<MaterialItem>,
}

impl<T> Materials<T> {
    pub(super) fn new(client: Client<T>, first: ListMaterials) -> Self {
        Self { client, next: Some(first), items: Vec::new().into_iter() }
    }
}

impl<T: Transport> Iterator for Materials<T> {
    type Item = Result<MaterialItem, ClientError<T::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            let list = self.next.take()?;
            match self.client.call(&list) {
                Ok(page) => {
                    self.next = list.following(&page);
                    self.items = page.items.into_iter();
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
