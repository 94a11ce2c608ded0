//! The tests of wechat-material that need several of its packages. The examples of the project's README are
//! tests too:
#![doc = include_str!("../../README.md")]
