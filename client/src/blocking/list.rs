//! Lists that fetch their pages when they are needed.

use std::fmt;
use std::vec;

use wechat_material::driver::{ListChanges, ListWalk};
use wechat_material::{ClientError, ListMaterials, MaterialItem, Transport};

use super::Client;

/// The assets of a type, in WeChat's order. A page is fetched when its first item is needed.
pub struct Materials<T> {
    client: Client<T>,
    walk: ListWalk,
    items: vec::IntoIter<MaterialItem>,
}

impl<T> Materials<T> {
    pub(super) fn new(client: Client<T>, first: ListMaterials) -> Self {
        Self { client, walk: ListWalk::new(first), items: Vec::new().into_iter() }
    }

    /// How many assets were listed until now, and what changed in the meantime.
    pub fn changes(&self) -> ListChanges {
        self.walk.changes()
    }
}

impl<T: Transport> Iterator for Materials<T> {
    type Item = Result<MaterialItem, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            let page = self.client.call(self.walk.next_page()?);
            match self.walk.handle(page) {
                Ok(items) => self.items = items.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<T> fmt::Debug for Materials<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Materials").field("walk", &self.walk).finish_non_exhaustive()
    }
}
