//! Compares the speed of the core with the code that a caller would write without it, as tables. The numbers are medians
//! of 20 pairs that were measured in turns, A B A B, in one run.
//!
//! ```sh
//! cargo bench -p wechat-material --bench ratios            # everything, in about half a minute
//! cargo bench -p wechat-material --bench ratios -- news    # the rows whose names contain this
//! ```
//!
//! | rows | what is measured |
//! | --- | --- |
//! | `news` | a response with articles, read by `GetMaterial::parse`, or by other parsers into a struct of the documented fields |
//! | `request` | `to_request`, or the same with `format!`, `http::Request::builder` and `json!` |
//! | `fault` | a refusal: judged, split and assigned to its category, or parsed as a `serde_json::Value` |
//! | `layers` | building a request and judging its response: everything that this crate adds to a call |
//! | `repair` | broken documents of 1, 2, 4 and 8 MB: the speed, and whether it depends on their length |
//!
//! Only the work is timed: inputs are cloned before it and outputs dropped after it, on both sides. Run this on an idle
//! machine. If the lowest and the highest ratio of the pairs are far apart, the machine was not idle.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads a clock and prints; it is not part of the core"
)]

use wechat_material::http::Response;
use wechat_material::{
    Access, AccessToken, ApiError, BaseUrl, Category, Endpoint, Fault, GetMaterial, Material, Parsed,
};

mod allocator;
mod baselines;
#[allow(dead_code, reason = "each bench uses some of it")]
mod corpus;
mod pairs;

use self::corpus::broken::{self, PATTERNS, Pattern};
use self::pairs::{PAIRS, Pairs, alone, median, pairs, seconds};

fn main() {
    // cargo passes `--bench`.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let is_selected = |row: &str| row.contains(&filter);
    allocator::settle();
    news(is_selected);
    request(is_selected);
    fault(is_selected);
    layers(is_selected);
    repair(is_selected);
}

fn judge(response: Response<Vec<u8>>) -> Result<Parsed<Material>, ApiError> {
    get().parse_with(&corpus::options(), response)
}

fn get() -> GetMaterial {
    GetMaterial::new(corpus::MEDIA_ID)
}

fn access() -> Access {
    Access::with_base_url(&AccessToken::new(corpus::TOKEN), BaseUrl::API)
}

fn news(is_selected: impl Fn(&str) -> bool) {
    let get = get();
    let mut heading =
        Heading(Some("ours: µs, GB/s; theirs: µs, GB/s; theirs / ours (lowest to highest of pairs)"));
    for size in [corpus::KB_60, corpus::MB_1, corpus::KB_8X125] {
        let news = corpus::News::new(size);
        let response = || news.response();
        let sample = || corpus::text_response(corpus::news(size, 0));
        let Ok(Material::News(read)) = get.parse(sample()) else { panic!("{size} is not news") };
        for (name, reader) in baselines::READERS {
            let row = format!("news {size}, {name}");
            if !is_selected(&row) {
                continue;
            }
            heading.print();
            let same = reader(sample()).articles;
            assert!(same.iter().map(|article| &article.content).eq(read.articles.iter().map(|a| &a.content)));
            let found = pairs(
                || seconds(size.bytes(), response, |response| get.parse(response)),
                || seconds(size.bytes(), response, reader),
            );
            let speed = |seconds: f64| number(size.bytes()) / seconds / 1e9;
            println!(
                "{row:34} {:9.2} {:6.3}  {:9.2} {:6.3}  {}",
                found.ours * 1e6,
                speed(found.ours),
                found.theirs * 1e6,
                speed(found.theirs),
                ratio(&found)
            );
        }
    }
}

fn request(is_selected: impl Fn(&str) -> bool) {
    if !is_selected("request") {
        return;
    }
    let (get, access, base) = (get(), access(), BaseUrl::API.to_string());
    let by_hand = || baselines::request(&base, corpus::TOKEN, corpus::MEDIA_ID);
    let (ours, theirs) = (get.to_request(&access).expect("it can be built"), by_hand());
    assert_eq!((ours.uri(), ours.headers(), ours.body()), (theirs.uri(), theirs.headers(), theirs.body()));
    let found =
        pairs(|| seconds(1024, || (), |()| get.to_request(&access)), || seconds(1024, || (), |()| by_hand()));
    Heading(Some("ours: µs; by hand: µs; by hand / ours")).print();
    println!("{:34} {:9.3}  {:9.3}  {}", "request", found.ours * 1e6, found.theirs * 1e6, ratio(&found));
}

fn fault(is_selected: impl Fn(&str) -> bool) {
    if !is_selected("fault") {
        return;
    }
    let get = get();
    let response = || corpus::text_response(corpus::FAULT.to_vec());
    let judged = |response| -> (Category, Fault) {
        let Err(ApiError::Fault(fault)) = get.parse(response) else { panic!("not a fault") };
        (fault.category(), fault)
    };
    let (category, fault) = judged(response());
    assert_eq!((category, fault.message.as_str()), (Category::Argument, "invalid media_id"));
    assert!(fault.hint.is_some() && fault.rid.is_some());
    let found =
        pairs(|| seconds(1024, response, judged), || seconds(1024, response, baselines::fault_as_value));
    Heading(Some("ours: µs; as a serde_json::Value: µs; Value / ours")).print();
    println!("{:34} {:9.3}  {:9.3}  {}", "fault", found.ours * 1e6, found.theirs * 1e6, ratio(&found));
}

fn layers(is_selected: impl Fn(&str) -> bool) {
    let (get, access, options) = (get(), access(), corpus::options());
    let mut heading = Heading(Some("building a request and judging its response: µs"));
    let mut measure = |name: &str, bytes: usize, response: &dyn Fn() -> Response<Vec<u8>>| {
        let row = format!("layers, {name}");
        if !is_selected(&row) {
            return;
        }
        heading.print();
        let call = |response| (get.to_request(&access), get.parse_with(&options, response));
        let taken = alone(|| seconds(bytes, response, call));
        println!("{row:34} {:9.3}", taken * 1e6);
    };
    measure("fault", 1024, &|| corpus::text_response(corpus::FAULT.to_vec()));
    for (name, bytes) in [("file of 1 KB", 1 << 10), ("file of 1 MB", 1 << 20), ("file of 100 MB", 100 << 20)]
    {
        // Only the first bytes are touched, even when it is made.
        measure(name, 16 << 10, &move || corpus::file_response(bytes));
    }
    let news = corpus::News::new(corpus::KB_60);
    measure("news 60 KB", corpus::KB_60.bytes(), &|| news.response());
}

fn repair(is_selected: impl Fn(&str) -> bool) {
    const MEBIBYTES: [usize; 4] = [1, 2, 4, 8];
    let mut heading = Heading(Some(
        "MB/s at 1, 2, 4 and 8 MB; the largest deviation of the time per byte from that at 1 MB",
    ));
    for pattern in PATTERNS {
        let row = format!("repair, {}", pattern.name);
        if !is_selected(&row) {
            continue;
        }
        heading.print();
        let bodies = MEBIBYTES.map(|mebibytes| broken::document(pattern, mebibytes));
        let mut seconds_by_size = MEBIBYTES.map(|_| Vec::new());
        for body in &bodies {
            check_repairs(pattern, body);
        }
        for _ in 0..PAIRS {
            for (body, measured) in bodies.iter().zip(&mut seconds_by_size) {
                measured.push(seconds(body.len(), || corpus::text_response(body.clone()), judge));
            }
        }
        let mut at = bodies.iter().zip(seconds_by_size);
        let per_byte =
            MEBIBYTES.map(|_| at.next().map_or(f64::NAN, |(body, taken)| median(taken) / number(body.len())));
        let speeds: String = per_byte.iter().map(|taken| format!("{:8.0}", 1e-6 / taken)).collect();
        let deviations = per_byte.iter().map(|taken| taken / per_byte[0] - 1.0);
        let farthest = deviations.max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(f64::NAN);
        println!("{row:34} {speeds}  {:+6.1} %", farthest * 100.0);
    }
}

/// The time is only meaningful if the document is repaired as expected.
fn check_repairs(pattern: Pattern, body: &[u8]) {
    match judge(corpus::text_response(body.to_vec())) {
        Ok(Parsed { output: Material::News(_), repairs, .. }) => {
            assert_eq!(repairs.len() > 1, pattern.is_broken, "{}: {}", pattern.name, repairs.len());
            assert!(!repairs.is_empty(), "{}", pattern.name);
        }
        other => panic!("{}: {other:?}", pattern.name),
    }
}

/// A line above the first row of a table.
struct Heading(Option<&'static str>);

impl Heading {
    fn print(&mut self) {
        if let Some(text) = self.0.take() {
            println!("\n{text}");
        }
    }
}

fn ratio(found: &Pairs) -> String {
    let [lowest, median, highest] = found.ratio;
    format!("{median:5.2} ({lowest:.2} to {highest:.2})")
}

#[expect(clippy::cast_precision_loss, reason = "bodies are short enough")]
fn number(bytes: usize) -> f64 {
    bytes as f64
}
