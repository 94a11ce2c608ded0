//! Reads a list page by page.

use std::collections::BTreeSet;
use std::fmt;

use thiserror::Error;

use super::ClientError;
use crate::endpoint::{ListMaterials, MaterialItem, MaterialPage};

/// Reads a list of assets page by page: which page comes next, which items are new, and what changed meanwhile.
///
/// Assets are added and deleted while a list is read, so an asset can be on two pages. No asset is listed twice. A page
/// without new items ends the list with an error, because a relay that drops the request's body returns the first page
/// again and again.
///
/// ```
/// # use wechat_material::driver::ListWalk;
/// # use wechat_material::{Endpoint, ListMaterials, MaterialType, http::Response};
/// let mut walk = ListWalk::new(ListMaterials::new(MaterialType::Image));
/// let request = walk.next_page().expect("the first page").clone();
/// let body = br#"{"item":[{"media_id":"A"},{"media_id":"B"}],"total_count":2,"item_count":2}"#;
/// let page = request.parse(Response::new(body.to_vec()))?;
/// assert_eq!(walk.handle_page(page)?.len(), 2);
/// assert!(walk.next_page().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ListWalk {
    next: Option<ListMaterials>,
    seen: BTreeSet<Box<str>>,
    pages: u32,
    changes: ListChanges,
}

/// How many items were listed, and what changed while the list was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListChanges {
    /// How many items were listed.
    pub listed: u64,
    /// How many items were on an earlier page too. They are listed once.
    pub repeated: u64,
    /// The `total_count` of the first page.
    pub first_total: u64,
    /// The `total_count` of the last page.
    pub last_total: u64,
}

/// Why a list cannot be continued. Earlier items were listed correctly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ListError {
    /// A page has no new items.
    #[error(
        "page {page} of the list repeats earlier pages: check that proxies or gateways in between forward the body of a POST"
    )]
    #[non_exhaustive]
    Repeated {
        /// The number of the page, from 1.
        page: u32,
    },
    /// The pages do not end.
    #[error(
        "the list has more than {} pages: no account has that many assets; check the base URL",
        ListWalk::MAX_PAGES
    )]
    TooManyPages,
}

impl ListWalk {
    /// How many pages are read at most. An account can have 100,000 pictures, or 5,000 pages of 20.
    pub const MAX_PAGES: u32 = 100_000;

    /// Reads a list from this page on. Further pages have the same size.
    pub fn new(first: ListMaterials) -> Self {
        Self { next: Some(first), seen: BTreeSet::new(), pages: 0, changes: ListChanges::default() }
    }

    /// The page to fetch next; `None` after the last one.
    pub fn next_page(&self) -> Option<&ListMaterials> {
        self.next.as_ref()
    }

    /// Reports the page, and returns its new items.
    ///
    /// # Errors
    ///
    /// [`ListError`] if there are no new items or too many pages. The list is over then.
    pub fn handle_page(&mut self, page: MaterialPage) -> Result<Vec<MaterialItem>, ListError> {
        let Some(asked) = self.next.take() else { return Ok(Vec::new()) };
        self.pages += 1;
        if self.pages == 1 {
            self.changes.first_total = page.total_count;
        }
        self.changes.last_total = page.total_count;
        let next = asked.next_page(&page);
        if next.is_some() && self.pages == Self::MAX_PAGES {
            return Err(ListError::TooManyPages);
        }
        let count = page.items.len();
        let mut items = page.items;
        // Items without an id cannot be compared, so all of them are listed.
        items.retain(|item| item.media_id.is_empty() || self.seen.insert(item.media_id.as_str().into()));
        self.changes.listed += items.len() as u64;
        self.changes.repeated += (count - items.len()) as u64;
        if items.is_empty() && count > 0 {
            return Err(ListError::Repeated { page: self.pages });
        }
        self.next = next;
        Ok(items)
    }

    /// Reports that the page could not be fetched. The list is over then.
    pub fn handle_failure(&mut self) {
        self.next = None;
    }

    /// Reports the result of a client's call, and returns the new items.
    ///
    /// # Errors
    ///
    /// The error of the call, or [`ClientError::List`] as in [`handle_page`](Self::handle_page).
    pub fn handle(
        &mut self,
        page: Result<MaterialPage, ClientError>,
    ) -> Result<Vec<MaterialItem>, ClientError> {
        match page {
            Ok(page) => Ok(self.handle_page(page)?),
            Err(error) => {
                self.handle_failure();
                Err(error)
            }
        }
    }

    /// How many items were listed until now, and what changed meanwhile.
    pub fn changes(&self) -> ListChanges {
        self.changes
    }
}

impl fmt::Debug for ListWalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListWalk")
            .field("pages", &self.pages)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}
