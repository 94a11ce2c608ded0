//! The command line, as its users meet it: the built program, real HTTP, real files.

mod demo;
mod emulate;
mod gateway;
mod get;
mod inspect;
mod inspect_json;
mod program;
mod secrecy;
