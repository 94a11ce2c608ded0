//! A list whose pages the calls fetch, and a ledger of the walk through it.

use std::fmt::Write;
use std::mem;
use std::sync::LazyLock;

use wechat_material::driver::{ListError, ListWalk};
use wechat_material::{ClientError, ListMaterials, MaterialPage, MaterialType};

use super::reached::{Reach, Reached};
use super::replies::Answer;

/// The number of items on the server.
const TOTAL: usize = 8;
const PAGE: usize = 3;

/// Every page that a walk may ask for, by offset. The server may add one item.
static PAGES: LazyLock<Vec<ListMaterials>> = LazyLock::new(|| {
    (0..=TOTAL as u64)
        .map(|offset| ListMaterials::new(MaterialType::Image).count(PAGE as u64).offset(offset))
        .collect()
});

/// The first page, with its offset.
pub(super) fn first_page() -> (&'static ListMaterials, usize) {
    (&PAGES[0], 0)
}

/// The page that the server sends.
pub(super) fn page(offset: usize, answer: Answer) -> String {
    let from = match answer {
        // A relay that loses the request's body gets the first page.
        Answer::Long => 0,
        // An item was added in the meantime.
        Answer::LikeJson => offset.saturating_sub(1),
        Answer::Plain | Answer::Odd | Answer::News | Answer::CutOff => offset,
    };
    let length = match answer {
        Answer::News => 0,
        // Shorter than requested.
        Answer::CutOff => 1,
        Answer::Plain | Answer::Odd | Answer::Long | Answer::LikeJson => PAGE.min(TOTAL - from),
    };
    let mut text = String::with_capacity(200);
    text.push_str(r#"{"item":["#);
    for number in from..from + length {
        let comma = if number > from { "," } else { "" };
        let written = match answer {
            Answer::Odd => write!(text, r#"{comma}{{"name":"{number}"}}"#),
            _ => write!(text, r#"{comma}{{"media_id":"{number}"}}"#),
        };
        written.expect("text can be written");
    }
    let total = TOTAL + usize::from(matches!(answer, Answer::LikeJson));
    write!(text, r#"],"total_count":{total},"item_count":{length}}}"#).expect("text can be written");
    text
}

/// A walk through the list.
pub(super) struct Walk {
    machine: ListWalk,
    /// The page to fetch next.
    at: Option<usize>,
    pages: u32,
    seen: [bool; TOTAL + 1],
    listed: u64,
    repeated: u64,
    /// The total count on the first page and on the last page.
    totals: (u64, u64),
}

impl Walk {
    pub(super) fn new() -> Self {
        let machine = ListWalk::new(PAGES[0].clone());
        Self {
            machine,
            at: Some(0),
            pages: 0,
            seen: [false; TOTAL + 1],
            listed: 0,
            repeated: 0,
            totals: (0, 0),
        }
    }

    /// The page to fetch next, with its offset. Starts a new walk if this one is over.
    pub(super) fn next_page(&mut self) -> (&'static ListMaterials, usize) {
        if self.at.is_none() {
            *self = Self::new();
        }
        let next = self.machine.next_page().expect("the walk is not over");
        let offset = PAGES.iter().position(|page| page == next).expect("a page beyond the end");
        assert_eq!(Some(offset), self.at, "a different page");
        (&PAGES[offset], offset)
    }

    /// Checks the walk after the call for a page has ended.
    pub(super) fn fetched(&mut self, page: Result<MaterialPage, ClientError>, reached: &mut Reached) {
        let Some(at) = self.at.take() else { return };
        let expected = page.as_ref().ok().map(|page| self.expect(at, page, reached));
        match (self.machine.handle(page), expected) {
            (Ok(items), Some(Some(new))) => {
                assert!(items.iter().map(|item| &item.media_id).eq(&new), "different items");
            }
            (Err(ClientError::List(ListError::Repeated { page, .. })), Some(None)) => {
                assert_eq!(page, self.pages);
                reached.add(Reach::ListRepeats);
            }
            (Err(_), None) => {}
            (Ok(_), _) => panic!("the list continues without new items"),
            (Err(other), Some(_)) => panic!("the list should continue: {other}"),
        }
        assert_eq!(self.machine.next_page().is_some(), self.at.is_some(), "whether there is another page");
        let changes = self.machine.changes();
        let expected = (self.listed, self.repeated, self.totals);
        assert_eq!((changes.listed, changes.repeated, (changes.first_total, changes.last_total)), expected);
    }

    /// The media ids that are new on a page, or `None` if a page has only known ones.
    fn expect(&mut self, at: usize, page: &MaterialPage, reached: &mut Reached) -> Option<Vec<String>> {
        self.pages += 1;
        self.totals = (if self.pages == 1 { page.total_count } else { self.totals.0 }, page.total_count);
        let mut new = Vec::new();
        for item in &page.items {
            let number = item.media_id.parse::<usize>().ok();
            if number.is_some_and(|number| mem::replace(&mut self.seen[number], true)) {
                self.repeated += 1;
                reached.add(Reach::ItemOnTwoPages);
            } else {
                self.listed += 1;
                new.push(item.media_id.clone());
            }
        }
        let next = at + page.items.len();
        if page.items.is_empty() || next as u64 >= page.total_count {
            reached.add(Reach::ListEnds);
        } else if !new.is_empty() {
            self.at = Some(next);
        }
        (page.items.is_empty() || !new.is_empty()).then_some(new)
    }
}
