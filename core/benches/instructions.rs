//! Counts the instructions that the core executes, under valgrind with [gungraun]. The count is the same in every run, so a
//! change of a few per cent shows on any machine.
//!
//! ```sh
//! cargo install --locked --version =0.18.2 gungraun-runner   # the version of `gungraun` in Cargo.lock
//! cargo bench -p wechat-material --bench instructions                # everything
//! cargo bench -p wechat-material --bench instructions -- '*::file*'  # the benches with such a name
//! ```
//!
//! Only the work is counted: responses are made before it, and results are dropped after it. The run fails if the counts
//! for a file of 100 MB and a file of 1 KB differ by more than 1 %.
#![allow(missing_docs, reason = "the macros make items without docs")]
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a benchmark reads and prints counts; it is not part of the core"
)]

use std::hint::black_box;
use std::path::Path;

use gungraun::prelude::*;
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, AccessToken, ApiError, BuildError, Category, Endpoint, GetMaterial, Material, ParseOptions,
    Parsed,
};

#[allow(dead_code, reason = "each bench uses some of it")]
mod corpus;

use self::corpus::Size;
use self::corpus::broken::{self, Pattern};

/// A call and where it goes. Neither is dropped while instructions are counted.
type Call = (&'static GetMaterial, &'static Access);

/// A response, with the endpoint and the options that judge it.
type Case = (&'static GetMaterial, &'static ParseOptions, Response<Vec<u8>>);

fn call() -> Call {
    let access = Access::new(&AccessToken::new(corpus::TOKEN));
    (Box::leak(Box::new(GetMaterial::new(corpus::MEDIA_ID))), Box::leak(Box::new(access)))
}

fn case(response: Response<Vec<u8>>) -> Case {
    (call().0, Box::leak(Box::new(corpus::options())), response)
}

fn refusal() -> Case {
    case(corpus::text_response(corpus::FAULT.to_vec()))
}

fn picture(bytes: usize) -> Case {
    case(corpus::file_response(bytes))
}

fn articles(size: Size) -> Case {
    case(corpus::text_response(corpus::news(size, 0)))
}

fn one_mebibyte(pattern: Pattern) -> Case {
    case(corpus::text_response(broken::document(pattern, 1)))
}

#[library_benchmark(setup = call)]
#[bench::get_material()]
fn request((get, access): Call) -> Result<Request<Vec<u8>>, BuildError> {
    black_box(get.to_request(access))
}

#[library_benchmark(setup = refusal)]
#[bench::invalid_media_id()]
fn fault((get, options, response): Case) -> Option<(Category, ApiError)> {
    match get.parse_with(options, response) {
        Err(ApiError::Fault(fault)) => Some((fault.category(), ApiError::Fault(fault))),
        _ => None,
    }
}

#[library_benchmark(setup = picture)]
#[bench::kb_1(1 << 10)]
#[bench::mb_100(100 << 20)]
fn file((get, options, response): Case) -> Result<Parsed<Material>, ApiError> {
    black_box(get.parse_with(options, response))
}

#[library_benchmark(setup = articles)]
#[bench::kb_60(corpus::KB_60)]
#[bench::mb_1(corpus::MB_1)]
fn news((get, options, response): Case) -> Result<Parsed<Material>, ApiError> {
    black_box(get.parse_with(options, response))
}

#[library_benchmark(setup = one_mebibyte)]
#[bench::quotes(broken::QUOTES)]
#[bench::comment_openers(broken::COMMENT_OPENERS)]
#[bench::invalid_utf8(broken::INVALID_UTF8)]
fn repair((get, options, response): Case) -> Result<Parsed<Material>, ApiError> {
    black_box(get.parse_with(options, response))
}

/// Compares the counts of the two files, and fails if they differ by more than 1 %.
fn compare_files() {
    let executable = std::env::current_exe().expect("it is running");
    let [small, large] = ["kb_1", "mb_100"].map(|id| {
        let counts =
            format!("gungraun/wechat-material/instructions/judged/file.{id}/callgrind.file.{id}.out");
        executable.ancestors().find_map(|folder| count(&folder.join(&counts)))
    });
    // A filter may have left them out, or counts may be stored elsewhere.
    let (Some(small), Some(large)) = (small, large) else {
        eprintln!("the files of 1 KB and 100 MB were not both counted");
        return;
    };
    eprintln!("a file of 1 KB: {small} instructions; of 100 MB: {large}");
    if small.abs_diff(large) * 100 > small {
        eprintln!("EXCEEDED: the counts differ by more than 1 %");
        std::process::exit(1);
    }
}

/// The number of instructions in a file of callgrind.
fn count(path: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    let summary = text.lines().find_map(|line| line.strip_prefix("summary: "))?;
    summary.split(' ').next()?.parse().ok()
}

library_benchmark_group!(name = judged, benchmarks = [request, fault, file, news, repair]);
main!(teardown = compare_files(), library_benchmark_groups = judged);
