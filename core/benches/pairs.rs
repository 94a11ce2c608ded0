//! How long something takes, and how it compares with something else that is measured in turns with it.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often two things are measured, one after the other.
pub(crate) const PAIRS: usize = 20;

/// A measurement goes on until the work alone took this long.
const LONG_ENOUGH: Duration = Duration::from_millis(5);

/// Inputs that lie ready at once: few enough to stay in a core's own cache, for any parser finds a body there that
/// has just arrived.
const READY: usize = 256 << 10;

/// The seconds that the work takes on one input of so many bytes.
///
/// Inputs are made before the clock runs, and outputs dropped after it has stopped.
pub(crate) fn seconds<I, O>(bytes: usize, input: impl Fn() -> I, work: impl Fn(I) -> O) -> f64 {
    let batch = (READY / bytes.max(1)).clamp(1, 256);
    let (mut inputs, mut outputs) = (Vec::with_capacity(batch), Vec::with_capacity(batch));
    let (mut taken, mut times) = (Duration::ZERO, 0);
    while taken < LONG_ENOUGH {
        inputs.extend((0..batch).map(|_| input()));
        let start = Instant::now();
        for input in inputs.drain(..) {
            outputs.push(work(black_box(input)));
        }
        taken += start.elapsed();
        times += u32::try_from(batch).expect("a batch is small");
        black_box(&mut outputs).clear();
    }
    taken.as_secs_f64() / f64::from(times)
}

/// What comes of measuring two things in turns.
pub(crate) struct Pairs {
    /// Medians, in seconds.
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    /// Theirs by ours, pair by pair: lowest, median, highest.
    pub(crate) ratio: [f64; 3],
}

/// Measures A B A B …, so that whatever else the machine does disturbs both alike.
pub(crate) fn pairs(ours: impl Fn() -> f64, theirs: impl Fn() -> f64) -> Pairs {
    let _warm = (ours(), theirs());
    let (ours, theirs): (Vec<_>, Vec<_>) = (0..PAIRS).map(|_| (ours(), theirs())).unzip();
    let ratios = sorted(ours.iter().zip(&theirs).map(|(ours, theirs)| theirs / ours).collect());
    Pairs {
        ratio: [ratios[0], median(ratios.clone()), ratios[ratios.len() - 1]],
        ours: median(ours),
        theirs: median(theirs),
    }
}

/// The median of as many measurements as a [`pairs`] makes of either.
pub(crate) fn alone(measurement: impl Fn() -> f64) -> f64 {
    let _warm = measurement();
    median((0..PAIRS).map(|_| measurement()).collect())
}

pub(crate) fn median(values: Vec<f64>) -> f64 {
    let values = sorted(values);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}
