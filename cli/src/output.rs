//! What goes to stdout and to stderr. A reader that closes the pipe has seen enough: that is no failure.

use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Writes to stdout, all of it and at once.
pub(crate) fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::refused("the output could not be written").because(&error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes lines to stderr. If not even that is possible, there is nobody left to tell.
pub(crate) fn note(lines: &str) {
    let _ = writeln!(io::stderr(), "{lines}");
}
