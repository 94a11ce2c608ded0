//! The properties of every response, name and request.
//!
//! Each property is a function that panics if the property is violated. It examines its subject independently of the tested
//! code, in most cases with [`serde_json::Value`], so that it can find errors in that code.

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
pub use response::{NARROW_LIMIT, Verdict, Verdicts, check_response};
