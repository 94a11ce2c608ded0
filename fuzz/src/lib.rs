//! Shared by the targets: a guard for memory and stack, and a mutator for responses.

mod guard;
mod mutation;

pub use guard::within_bounds;
pub use mutation::{mutate, mutate_after_a_line};
