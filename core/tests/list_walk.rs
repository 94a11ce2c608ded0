//! A list, page by page: the new items of each page, the changes meanwhile, and the end.

use wechat_material::driver::{ListError, ListWalk};
use wechat_material::{ClientError, ListMaterials, MaterialItem, MaterialPage, MaterialType};

fn first() -> ListMaterials {
    ListMaterials::new(MaterialType::Image)
}

/// A page with these items, of a list with this total.
fn page(ids: &[&str], total: u64) -> MaterialPage {
    let item = |id: &&str| {
        let mut item = MaterialItem::default();
        item.media_id.push_str(id);
        item
    };
    let mut page = MaterialPage::default();
    page.items = ids.iter().map(item).collect();
    page.item_count = ids.len() as u64;
    page.total_count = total;
    page
}

fn ids(items: &[MaterialItem]) -> Vec<&str> {
    items.iter().map(|item| item.media_id.as_str()).collect()
}

/// Reports a page, and expects these new items.
#[track_caller]
fn brings(walk: &mut ListWalk, taken: MaterialPage, expected: &[&str]) {
    let items = walk.handle_page(taken).unwrap();
    assert_eq!(ids(&items), expected);
}

/// Listed, repeated, first total, last total.
fn changes(walk: &ListWalk) -> (u64, u64, u64, u64) {
    let changes = walk.changes();
    (changes.listed, changes.repeated, changes.first_total, changes.last_total)
}

#[test]
fn pages_follow_each_other_until_the_total_is_reached() {
    let mut walk = ListWalk::new(first().count(2));
    assert_eq!(walk.next_page(), Some(&first().count(2)));
    assert_eq!(changes(&walk), (0, 0, 0, 0));
    brings(&mut walk, page(&["a", "b"], 5), &["a", "b"]);
    assert_eq!(walk.next_page(), Some(&first().count(2).offset(2)));
    // A page that is shorter than requested.
    brings(&mut walk, page(&["c"], 5), &["c"]);
    assert_eq!(walk.next_page(), Some(&first().count(2).offset(3)));
    brings(&mut walk, page(&["d", "e"], 5), &["d", "e"]);
    assert!(walk.next_page().is_none());
    assert_eq!(changes(&walk), (5, 0, 5, 5));
}

#[test]
fn a_walk_may_begin_anywhere() {
    let mut walk = ListWalk::new(first().offset(40));
    brings(&mut walk, page(&["a"], 42), &["a"]);
    assert_eq!(walk.next_page(), Some(&first().offset(41)));
}

#[test]
fn a_page_without_items_ends_the_list() {
    let mut walk = ListWalk::new(first());
    brings(&mut walk, page(&[], 0), &[]);
    assert!(walk.next_page().is_none());

    let mut walk = ListWalk::new(first());
    brings(&mut walk, page(&["a"], 9), &["a"]);
    brings(&mut walk, page(&[], 9), &[]);
    assert!(walk.next_page().is_none());
    assert_eq!(changes(&walk), (1, 0, 9, 9));
}

#[test]
fn nothing_is_listed_twice_and_changes_are_reported() {
    let mut walk = ListWalk::new(first());
    // One asset is added at the front while the list is read, and later two are deleted.
    brings(&mut walk, page(&["a", "b", "b"], 6), &["a", "b"]);
    assert_eq!(changes(&walk), (2, 1, 6, 6));
    brings(&mut walk, page(&["b", "c", "a"], 7), &["c"]);
    brings(&mut walk, page(&["d"], 5), &["d"]);
    assert!(walk.next_page().is_none());
    assert_eq!(changes(&walk), (4, 3, 6, 5));
}

#[test]
fn a_page_without_new_items_ends_the_list_with_an_error() {
    let mut walk = ListWalk::new(first());
    brings(&mut walk, page(&["a", "b"], 9), &["a", "b"]);
    brings(&mut walk, page(&["b", "c"], 9), &["c"]);
    let error = walk.handle_page(page(&["a", "c"], 8)).unwrap_err();
    assert!(matches!(error, ListError::Repeated { page: 3, .. }));
    assert_eq!(
        error.to_string(),
        "page 3 of the list repeats earlier pages: check that proxies or gateways in between forward the body of a POST"
    );
    assert!(walk.next_page().is_none());
    assert_eq!(changes(&walk), (3, 3, 9, 8));
    // The last page too.
    let mut walk = ListWalk::new(first());
    brings(&mut walk, page(&["a"], 2), &["a"]);
    assert!(matches!(walk.handle_page(page(&["a"], 2)), Err(ListError::Repeated { page: 2, .. })));
}

#[test]
fn a_page_that_was_not_requested_is_ignored() {
    let mut walk = ListWalk::new(first());
    brings(&mut walk, page(&["a"], 1), &["a"]);
    brings(&mut walk, page(&["b"], 7), &[]);
    assert!(walk.next_page().is_none());
    assert_eq!(changes(&walk), (1, 0, 1, 1));
}

#[test]
fn items_without_an_id_are_all_listed() {
    let mut walk = ListWalk::new(first());
    brings(&mut walk, page(&["", "a", ""], 5), &["", "a", ""]);
    brings(&mut walk, page(&["", "a"], 5), &[""]);
    assert_eq!(changes(&walk), (4, 1, 5, 5));
}

#[test]
fn a_list_has_an_end_whatever_its_total_says() {
    assert_eq!(ListWalk::MAX_PAGES, 100_000);
    for total in [100_000, 100_001, u64::MAX] {
        let mut walk = ListWalk::new(first());
        for number in 1..100_000_u32 {
            brings(&mut walk, page(&[&number.to_string()], total), &[&number.to_string()]);
        }
        assert!(walk.next_page().is_some());
        let last = walk.handle_page(page(&["the last"], total));
        assert!(walk.next_page().is_none());
        if total == 100_000 {
            assert_eq!(ids(&last.unwrap()), ["the last"]);
            assert_eq!(changes(&walk), (100_000, 0, total, total));
        } else {
            assert_eq!(last.unwrap_err(), ListError::TooManyPages);
            // Items that were not returned are not counted.
            assert_eq!(changes(&walk), (99_999, 0, total, total));
        }
    }
    assert_eq!(
        ListError::TooManyPages.to_string(),
        "the list has more than 100000 pages: no account has that many assets; check the base URL"
    );
}

#[test]
fn a_page_that_could_not_be_fetched_ends_the_list() {
    let mut walk = ListWalk::new(first());
    walk.handle_failure();
    assert!(walk.next_page().is_none());
}

#[test]
fn the_result_of_a_call_can_be_passed_on_unchanged() {
    let mut walk = ListWalk::new(first());
    let taken = walk.handle(Ok(page(&["a"], 9))).unwrap();
    assert_eq!(ids(&taken), ["a"]);
    let error = walk.handle(Ok(page(&["a"], 9))).unwrap_err();
    assert!(matches!(error, ClientError::List(ListError::Repeated { page: 2, .. })), "{error:?}");
    assert!(error.fault().is_none() && error.to_string().starts_with("page 2 of the list repeats"));
    assert!(walk.next_page().is_none());

    let mut walk = ListWalk::new(first());
    let full = ClientError::sink(5, std::io::Error::other("full"));
    assert!(matches!(walk.handle(Err(full)), Err(ClientError::Sink { written: 5, .. })));
    assert!(walk.next_page().is_none());
}

#[test]
fn a_walk_prints_its_progress_and_no_item() {
    let walk = ListWalk::new(ListMaterials::new(MaterialType::Image));
    let printed = format!("{walk:?}");
    assert!(printed.starts_with("ListWalk") && printed.contains("pages: 0"), "{printed}");
}
