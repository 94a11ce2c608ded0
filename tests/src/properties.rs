//! What holds for every response, name and request, as functions that panic where it does not.
//!
//! Each looks at its subject with means of its own (most often [`serde_json::Value`]), so that it can disagree with what
//! it checks.

mod answers;
mod calls;
mod chunks;
mod json;
mod names;
mod requests;
mod response;

pub use chunks::{check_response_in_chunks, receive_in_chunks};
pub use json::check_json;
pub use names::{check_extension, check_file_name, check_safe_name};
pub use requests::check_request;
pub use response::{NARROW, Verdict, Verdicts, check_response};
