//! The tests of wechat-material that need several of its packages.
//!
//! This library contains the code that tests and fuzzing share: the properties of every response, name, request and call
//! ([`properties`], [`check_call_events`]), and the code that reads and mutates recorded responses. A property is a function
//! that panics if the property is violated. This library does no I/O.

mod call_events;
mod mutate_once;
pub mod properties;

pub use call_events::{Reached, check_call_events, check_call_events_thoroughly};
pub use mutate_once::mutate_once;
pub use wechat_material_testkit::recorded;

/// Compiles and runs the examples of the project's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
