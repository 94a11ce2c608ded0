//! The tests of wechat-material that need several of its packages.
//!
//! This library is what tests and fuzzing share: what holds for every response, name, request and call
//! ([`properties`], [`check_call_events`]), as functions that panic where it does not, and the responses to try it with.
//! It does no I/O.

mod call_events;
mod mutate_once;
pub mod properties;

pub use call_events::{Reached, check_call_events, check_call_events_thoroughly};
pub use mutate_once::mutate_once;
pub use wechat_material_testkit::recorded;

/// The examples of the project's README are tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
