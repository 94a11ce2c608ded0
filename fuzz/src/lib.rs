//! What the targets share: a guard on memory and stack, and a mutator that knows what a response is.

mod guard;
mod mutation;

pub use guard::within_bounds;
pub use mutation::{mutate, mutate_after_a_line};
