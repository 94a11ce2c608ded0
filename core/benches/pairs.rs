//! Measures how long something takes, alone or in turns with something else.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often two things are measured, one after the other.
pub(crate) const PAIRS: usize = 20;

/// A measurement repeats the work until the work alone took this long.
const MIN_TIME: Duration = Duration::from_millis(5);

/// How many bytes of inputs are prepared at once. They fit into the cache of a processor core, where a parser finds a body
/// that has just arrived.
const MAX_PREPARED: usize = 256 << 10;

/// The seconds that the work takes on one input of this many bytes.
///
/// Inputs are made before the clock runs, and outputs dropped after it has stopped.
pub(crate) fn seconds<I, O>(bytes: usize, input: impl Fn() -> I, work: impl Fn(I) -> O) -> f64 {
    let batch = (MAX_PREPARED / bytes.max(1)).clamp(1, 256);
    let (mut inputs, mut outputs) = (Vec::with_capacity(batch), Vec::with_capacity(batch));
    let (mut taken, mut times) = (Duration::ZERO, 0);
    while taken < MIN_TIME {
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

/// The result of measuring two things in turns.
pub(crate) struct Pairs {
    /// Medians, in seconds.
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    /// Theirs divided by ours, for each pair: lowest, median, highest.
    pub(crate) ratio: [f64; 3],
}

/// Measures A B A B …, so that other load on the machine affects both equally.
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

/// The median of [`PAIRS`] measurements of one thing.
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
