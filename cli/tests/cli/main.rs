//! The command line, as its users meet it: the built program, real HTTP, real files.

mod account;
mod count;
mod demo;
mod emulate;
mod gateway;
mod get;
mod inspect;
mod inspect_json;
#[cfg(unix)]
mod interrupt;
mod list;
#[cfg(target_os = "linux")]
mod memory;
mod names;
mod program;
mod refusal;
mod restart;
mod save;
mod secrecy;
mod stdout;
mod stream;
mod timeout;
mod token;
