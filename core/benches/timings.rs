//! Times each operation of the core by itself, with [divan].
//!
//! ```sh
//! cargo bench -p wechat-material --bench timings                # everything
//! cargo bench -p wechat-material --bench timings -- news::ours  # the benches whose names contain this
//! ```
//!
//! To compare two things, use `ratios`, which measures them in turns.

use divan::Bencher;
use divan::counter::BytesCount;
use wechat_material::{Access, AccessToken, ApiError, Endpoint, GetMaterial};

mod allocator;
#[allow(dead_code, reason = "`ratios` uses all of it")]
mod baselines;
#[allow(dead_code, reason = "each bench uses some of it")]
mod corpus;

use self::corpus::broken;

fn main() {
    allocator::settle();
    divan::main();
}

fn get() -> GetMaterial {
    GetMaterial::new(corpus::MEDIA_ID)
}

fn access() -> Access {
    Access::new(&AccessToken::new(corpus::TOKEN))
}

/// Articles: read by this crate, or by other parsers into a struct of the documented fields.
#[divan::bench_group]
mod news {
    use divan::Bencher;
    use divan::counter::BytesCount;
    use wechat_material::Endpoint;

    use crate::baselines::{self, Reader};
    use crate::corpus::{self, News, Size};

    const SIZES: [Size; 3] = [corpus::KB_60, corpus::MB_1, corpus::KB_8X125];

    #[divan::bench(args = SIZES)]
    fn ours(bencher: Bencher, size: Size) {
        let (get, news) = (super::get(), News::new(size));
        bencher
            .counter(BytesCount::new(size.bytes()))
            .with_inputs(|| news.response())
            .bench_values(|response| get.parse(response));
    }

    fn baseline(bencher: Bencher, size: Size, reader: Reader) {
        let news = News::new(size);
        bencher.counter(BytesCount::new(size.bytes())).with_inputs(|| news.response()).bench_values(reader);
    }

    #[divan::bench(args = SIZES)]
    fn serde_json(bencher: Bencher, size: Size) {
        baseline(bencher, size, baselines::with_serde_json);
    }

    #[divan::bench(args = SIZES)]
    fn simdutf8_and_serde_json(bencher: Bencher, size: Size) {
        baseline(bencher, size, baselines::with_simdutf8_and_serde_json);
    }

    #[divan::bench(args = SIZES)]
    fn sonic_rs(bencher: Bencher, size: Size) {
        baseline(bencher, size, baselines::with_sonic_rs);
    }

    #[divan::bench(args = SIZES)]
    fn simd_json(bencher: Bencher, size: Size) {
        baseline(bencher, size, baselines::with_simd_json);
    }
}

#[divan::bench]
fn request(bencher: Bencher) {
    let (get, access) = (get(), access());
    bencher.bench(|| get.to_request(&access));
}

#[divan::bench]
fn request_by_hand(bencher: Bencher) {
    bencher.bench(|| baselines::request("https://api.weixin.qq.com", corpus::TOKEN, corpus::MEDIA_ID));
}

/// A fault is judged, split and assigned to its category.
#[divan::bench]
fn fault(bencher: Bencher) {
    let get = get();
    bencher.with_inputs(|| corpus::text_response(corpus::FAULT.to_vec())).bench_values(|response| match get
        .parse(response)
    {
        Err(ApiError::Fault(fault)) => (fault.category(), fault),
        other => panic!("{other:?}"),
    });
}

#[divan::bench]
fn fault_as_value(bencher: Bencher) {
    bencher
        .with_inputs(|| corpus::text_response(corpus::FAULT.to_vec()))
        .bench_values(baselines::fault_as_value);
}

/// A request is built, and a picture of this many bytes is judged.
#[divan::bench(args = [1 << 10, 1 << 20, 100 << 20])]
fn layers_around_a_file(bencher: Bencher, bytes: usize) {
    let (get, access, options) = (get(), access(), corpus::options());
    bencher
        .with_inputs(|| corpus::file_response(bytes))
        .bench_values(|response| (get.to_request(&access), get.parse_with(&options, response)));
}

/// A document of 1 MB.
#[divan::bench(args = broken::PATTERNS.map(|pattern| pattern.name))]
fn repair(bencher: Bencher, name: &str) {
    let pattern = broken::PATTERNS.into_iter().find(|pattern| pattern.name == name).expect("one of them");
    let (get, body) = (get(), broken::document(pattern, 1));
    bencher
        .counter(BytesCount::of_slice(&body))
        .with_inputs(|| corpus::text_response(body.clone()))
        .bench_values(|response| get.parse(response));
}
