//! The memory and the open files of this process.

use std::fmt;
use std::fs;

/// The maximum of several samples.
#[derive(Default)]
pub(crate) struct Usage {
    /// Resident memory, in bytes.
    pub(crate) bytes: usize,
    pub(crate) files: usize,
}

impl Usage {
    pub(crate) fn sample(&mut self) {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kibibytes: usize = resident.trim().trim_end_matches(" kB").parse().unwrap();
        self.bytes = self.bytes.max(kibibytes << 10);
        self.files = self.files.max(fs::read_dir("/proc/self/fd").unwrap().count());
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB, {} open files", self.bytes >> 20, self.files)
    }
}
