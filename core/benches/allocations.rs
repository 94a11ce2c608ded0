//! Counts the allocations of the core, and measures its peak memory.
//!
//! ```sh
//! cargo bench -p wechat-material --bench allocations
//! ```
//!
//! Fails if the core takes more than the documentation promises. Counts are the same in every run.
#![expect(clippy::disallowed_macros, reason = "a benchmark prints; it is not part of the core")]

use std::process::ExitCode;

use allocation_counter::{AllocationInfo, measure};
use wechat_material::http::Response;
use wechat_material::{Access, AccessToken, ApiError, Endpoint, GetMaterial};

#[allow(dead_code, reason = "each bench uses some of it")]
mod corpus;

use self::corpus::broken;

/// How many allocations a request may take.
const MAX_REQUEST_ALLOCATIONS: u64 = 4;
/// How many allocations a fault may take, from the response to its category.
const MAX_FAULT_ALLOCATIONS: u64 = 8;
/// How much memory reading broken JSON may take at once, as a multiple of the body, including the body.
const MAX_REPAIR_MEMORY: f64 = 4.0;

fn main() -> ExitCode {
    let mut exceeded = Vec::new();
    let mut limit = |row: &str, found: f64, limit: f64, of: &str| {
        if found > limit {
            exceeded.push(format!("{row}: {found:.2} {of}, more than the promised {limit}"));
        }
    };
    println!("{:34} {:>11} {:>12} {:>22}", "", "allocations", "bytes", "peak, bodies in memory");

    let (get, access) = (GetMaterial::new(corpus::MEDIA_ID), Access::new(&AccessToken::new(corpus::TOKEN)));
    let request = measure(|| assert!(get.to_request(&access).is_ok()));
    println!("{:34} {:11} {:12}", "request", request.count_total, request.bytes_total);
    limit("request", number(request.count_total), number(MAX_REQUEST_ALLOCATIONS), "allocations");

    let fault = print("fault", corpus::text_response(corpus::FAULT.to_vec()));
    limit("fault", number(fault.count_total), number(MAX_FAULT_ALLOCATIONS), "allocations");

    for size in [corpus::KB_60, corpus::MB_1, corpus::KB_8X125] {
        print(&format!("news {size}"), corpus::text_response(corpus::news(size, 0)));
    }
    for (name, bytes) in [("file of 1 KB", 1 << 10), ("file of 100 MB", 100 << 20)] {
        print(name, corpus::file_response(bytes));
    }
    for pattern in broken::PATTERNS {
        for mebibytes in [1, 8] {
            let row = format!("repair, {}, {mebibytes} MB", pattern.name);
            let body = broken::document(pattern, mebibytes);
            let length = body.len();
            let repair = print(&row, corpus::text_response(body));
            limit(&row, peak(&repair, length), MAX_REPAIR_MEMORY, "times its own size in memory");
        }
    }

    for line in &exceeded {
        println!("EXCEEDED: {line}");
    }
    if exceeded.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Judges a response and prints the allocations and memory that it took.
fn print(row: &str, response: Response<Vec<u8>>) -> AllocationInfo {
    let (get, options, length) =
        (GetMaterial::new(corpus::MEDIA_ID), corpus::options(), response.body().len());
    let mut response = Some(response);
    let taken = measure(|| {
        let response = response.take().expect("it is measured only once");
        match get.parse_with(&options, response) {
            Ok(_) => {}
            Err(ApiError::Fault(fault)) => assert_ne!(fault.category().advice(), ""),
            Err(other) => panic!("{row}: {other}"),
        }
    });
    let peak = peak(&taken, length);
    println!("{row:34} {:11} {:12} {peak:22.2}", taken.count_total, taken.bytes_total);
    taken
}

/// The peak memory, including the body, as a multiple of the body.
fn peak(taken: &AllocationInfo, body: usize) -> f64 {
    let body = number(body as u64);
    (body + number(taken.bytes_max)) / body
}

#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn number(count: u64) -> f64 {
    count as f64
}
