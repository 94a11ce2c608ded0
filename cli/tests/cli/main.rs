//! The command line, as its users meet it: the built program, real HTTP, real files.

mod demo;
mod emulate;
mod gateway;
mod get;
mod inspect;
mod inspect_json;
#[cfg(unix)]
mod interrupt;
#[cfg(target_os = "linux")]
mod memory;
mod program;
mod save;
mod secrecy;
mod stdout;
mod stream;
