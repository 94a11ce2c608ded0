//! Which call renews a token, and how renewals end.

use std::time::Duration;

use wechat_material::AccessToken;
use wechat_material::driver::TokenCache;

use crate::{
    HOUR, NANOSECOND, assert_renew, assert_token, assert_wait, at, begin, cause, holding, issued, obtain,
    token,
};

#[test]
fn a_token_that_a_thousand_calls_were_refused_with_is_renewed_once() {
    let (mut tokens, _) = holding("old", 7200);
    let leased: Vec<_> = (0..1000).map(|_| token(&tokens, at(1)).1).collect();
    let mut renewals = Vec::new();
    let (early, late) = leased.split_at(600);
    // Most are refused before one of them has renewed the token …
    for id in early {
        tokens.refuse(*id);
        renewals.extend(tokens.begin(at(2)));
    }
    let renewal = renewals.pop().unwrap();
    obtain(&mut tokens, renewal, issued("new", 7200), at(3));
    // … and the others are refused after there is another token.
    for id in late {
        tokens.refuse(*id);
        assert_token(&tokens, at(4), "new");
    }
    assert!(renewals.is_empty());
}

#[test]
fn a_refusal_of_an_older_token_does_nothing() {
    let (mut tokens, first) = holding("first", 7200);
    tokens.refuse(first);
    tokens.refuse(first);
    let renewal = begin(&mut tokens, at(1));
    tokens.refuse(first);
    let second = obtain(&mut tokens, renewal, issued("second", 7200), at(1));
    tokens.refuse(first);
    assert_token(&tokens, at(2), "second");
    tokens.refuse(second);
    let renewal = begin(&mut tokens, at(2));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("second"));
}

#[test]
fn a_refusal_while_the_token_is_being_renewed_needs_no_other_renewal() {
    let (mut tokens, old) = holding("old", 7200);
    let renewal = begin(&mut tokens, at(7100));
    tokens.refuse(old);
    assert_wait(&tokens, at(7100));
    obtain(&mut tokens, renewal, issued("new", 7200), at(7101));
    assert_token(&tokens, at(7101), "new");
}

#[test]
fn an_early_renewal_that_returns_the_same_token_does_not_change_its_id() {
    let mut tokens = TokenCache::with_margin(Duration::from_secs(HOUR));
    let renewal = begin(&mut tokens, at(0));
    let before = obtain(&mut tokens, renewal, issued("same", 7200), at(0));
    let renewal = begin(&mut tokens, at(3600));
    let after = obtain(&mut tokens, renewal, issued("same", 3600), at(3600));
    assert_eq!(before, after);
    // So the refusal of an earlier call counts now.
    tokens.refuse(before);
    let renewal = begin(&mut tokens, at(3601));
    assert_eq!(renewal.refused().map(AccessToken::expose), Some("same"));
}

#[test]
fn the_next_call_begins_another_renewal_after_one_was_abandoned() {
    let mut tokens = TokenCache::default();
    let renewal = begin(&mut tokens, at(0));
    assert_wait(&tokens, at(0));
    tokens.abandon(renewal.id());
    let renewal = begin(&mut tokens, at(0));
    assert_wait(&tokens, at(0));
    obtain(&mut tokens, renewal, issued("first", 7200), at(1));

    let early = begin(&mut tokens, at(7100));
    tokens.abandon(early.id());
    let renewal = begin(&mut tokens, at(7100));
    assert_token(&tokens, at(7100), "first");
    obtain(&mut tokens, renewal, issued("second", 7200), at(7101));
    assert_token(&tokens, at(7101), "second");
}

#[test]
fn a_late_end_of_an_abandoned_renewal_changes_nothing() {
    let (mut tokens, _) = holding("old", 7200);
    let late = [(); 3].map(|()| {
        let late = begin(&mut tokens, at(7100));
        tokens.abandon(late.id());
        late
    });
    let renewal = begin(&mut tokens, at(7100));
    let [abandoned, failed, obtained] = late;
    tokens.abandon(abandoned.id());
    assert!(tokens.failed(failed, cause(), at(7100)).is_some());
    assert!(tokens.obtained(obtained, issued("late", 7200), at(7101)).is_none());
    assert_token(&tokens, at(7199), "old");
    assert_wait(&tokens, at(7200));
    obtain(&mut tokens, renewal, issued("new", 7200), at(7200));
    assert_token(&tokens, at(7200), "new");
}

#[test]
fn a_renewal_whose_end_is_not_reported_is_replaced_after_five_minutes() {
    assert_eq!(TokenCache::MAX_RENEWAL, Duration::from_secs(300));
    let mut tokens = TokenCache::default();
    let lost = begin(&mut tokens, at(1000));
    assert_wait(&tokens, at(1300));
    assert!(tokens.begin(at(1300)).is_none());
    let over = at(1300).after(NANOSECOND);
    let renewal = begin(&mut tokens, over);
    assert!(renewal.id() > lost.id());
    assert_wait(&tokens, over);
    // Any result of it comes too late.
    assert!(tokens.obtained(lost, issued("late", 7200), over).is_none());
    assert_wait(&tokens, over);
    obtain(&mut tokens, renewal, issued("new", 7200), over);
    assert_token(&tokens, over, "new");
}

#[test]
fn a_slow_result_counts_unless_the_renewal_was_replaced() {
    let mut tokens = TokenCache::default();
    let renewal = begin(&mut tokens, at(0));
    assert_renew(&tokens, at(1000));
    obtain(&mut tokens, renewal, issued("slow", 7200), at(1000));
    assert_token(&tokens, at(1000), "slow");
}

#[test]
fn a_renewal_that_was_left_waits_for_a_call_that_continues_it() {
    let mut tokens = TokenCache::default();
    assert!(tokens.renewal().is_none());
    let renewal = begin(&mut tokens, at(0));
    assert_eq!(tokens.renewal(), Some(renewal.id()));
    tokens.leave(renewal.id());
    // The next call must continue it, and cannot begin another one.
    assert_renew(&tokens, at(1));
    assert!(tokens.begin(at(1)).is_none());
    tokens.join(renewal.id());
    assert_wait(&tokens, at(2));
    tokens.leave(renewal.id());
    assert_renew(&tokens, at(3));
    obtain(&mut tokens, renewal, issued("first", 7200), at(4));
    assert!(tokens.renewal().is_none());

    // With a valid token, calls use that token while another caller drives the renewal.
    let early = begin(&mut tokens, at(7100));
    assert_token(&tokens, at(7100), "first");
    tokens.leave(early.id());
    assert_renew(&tokens, at(7100));
    tokens.join(early.id());
    assert_token(&tokens, at(7100), "first");
}

#[test]
fn only_the_renewal_that_is_under_way_can_be_left_or_joined() {
    let mut tokens = TokenCache::default();
    let lost = begin(&mut tokens, at(0)).id();
    tokens.abandon(lost);
    let renewal = begin(&mut tokens, at(0));
    tokens.leave(lost);
    assert_wait(&tokens, at(0));
    tokens.leave(renewal.id());
    tokens.join(lost);
    assert_renew(&tokens, at(0));
}

#[test]
fn a_renewal_is_early_while_the_previous_token_is_valid() {
    let mut tokens = TokenCache::default();
    let first = begin(&mut tokens, at(0));
    assert!(!first.is_early());
    obtain(&mut tokens, first, issued("a", 7200), at(0));
    let early = begin(&mut tokens, at(7100));
    assert!(early.is_early());
    tokens.failed(early, cause(), at(7101));
    assert!(!begin(&mut tokens, at(7200)).is_early());

    let (mut tokens, id) = holding("a", 7200);
    tokens.refuse(id);
    assert!(!begin(&mut tokens, at(7100)).is_early());
}
