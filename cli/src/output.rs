//! Stdout and stderr. A reader that closes the pipe has read enough: that is not a failure.

use std::fs::File;
use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Writes to stdout, all of it and at once.
pub(crate) fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    print_to_reader(bytes).map(|_| ())
}

/// As [`print`]. Returns whether stdout still has a reader.
pub(crate) fn print_to_reader(bytes: impl AsRef<[u8]>) -> Result<bool, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(not_written(&error)),
    }
}

/// Stdout without a buffer, so that every byte is written as it arrives, and counted.
pub(crate) fn unbuffered_stdout() -> Result<File, Failure> {
    #[cfg(unix)]
    let stdout = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let stdout = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    stdout.map(File::from).map_err(|error| not_written(&error))
}

fn not_written(error: &io::Error) -> Failure {
    Failure::refused("the output could not be written").because(error)
}

/// Writes lines to stderr. There is nothing to do if that fails.
pub(crate) fn note(lines: &str) {
    let _ = writeln!(io::stderr(), "{lines}");
}
