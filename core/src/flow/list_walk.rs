//! A list, page by page.

use std::collections::BTreeSet;
use std::fmt;

use thiserror::Error;

use super::ClientError;
use crate::endpoint::{ListMaterials, MaterialItem, MaterialPage};

/// A list of assets, page by page: which page comes next, what is new on it, and what changed meanwhile.
///
/// Assets are added and deleted while a list is read, so the same one can be on two pages. Nothing is listed twice, and a
/// page on which nothing is new ends the list with an error: a relay that loses the request's body answers every
/// page with the first one.
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

/// What was seen of a list, and what changed while it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListChanges {
    /// Items that were listed.
    pub listed: u64,
    /// Items that were on a second page too, and are listed once.
    pub repeated: u64,
    /// `total_count` of the first page.
    pub first_total: u64,
    /// `total_count` of the last page.
    pub last_total: u64,
}

/// Why a list cannot be continued. Every item before was listed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ListError {
    /// A page repeats what was listed before.
    #[error(
        "page {page} of the list repeats earlier pages: check that proxies or gateways in between keep the body of a POST"
    )]
    #[non_exhaustive]
    Repeated {
        /// The number of the page, from 1.
        page: u32,
    },
    /// There is no end to the pages.
    #[error(
        "the list has more than {} pages: no account has as many assets; check the base URL",
        ListWalk::MAX_PAGES
    )]
    TooManyPages,
}

impl ListWalk {
    /// No list has more pages. An account holds 100,000 pictures, which are 5,000 pages of 20.
    pub const MAX_PAGES: u32 = 100_000;

    /// A list from this page on, with pages of its size.
    pub fn new(first: ListMaterials) -> Self {
        Self { next: Some(first), seen: BTreeSet::new(), pages: 0, changes: ListChanges::default() }
    }

    /// The page to fetch next; `None` after the last one.
    pub fn next_page(&self) -> Option<&ListMaterials> {
        self.next.as_ref()
    }

    /// The page has arrived. Gives what is new on it.
    ///
    /// # Errors
    ///
    /// [`ListError`] if nothing is new, or there are too many pages. The list is over then.
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
        // An id that is missing tells nothing apart.
        items.retain(|item| item.media_id.is_empty() || self.seen.insert(item.media_id.as_str().into()));
        self.changes.listed += items.len() as u64;
        self.changes.repeated += (count - items.len()) as u64;
        if items.is_empty() && count > 0 {
            return Err(ListError::Repeated { page: self.pages });
        }
        self.next = next;
        Ok(items)
    }

    /// The page could not be fetched: the list is over.
    pub fn handle_failure(&mut self) {
        self.next = None;
    }

    /// Either, for the result of a client's call.
    ///
    /// # Errors
    ///
    /// Why the page could not be fetched, or [`ClientError::List`].
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

    /// What was seen until now, and what changed meanwhile.
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
