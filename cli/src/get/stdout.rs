//! Stdout as the sink of a download.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};

use crate::failure::Failure;
use crate::output::unbuffered_stdout;

/// Stdout, unless it is a terminal and nobody asked for bytes there.
pub(super) struct Stdout(Option<File>);

impl Stdout {
    pub(super) fn new(is_asked_for: bool) -> Result<Self, Failure> {
        let is_terminal = !is_asked_for && io::stdout().is_terminal();
        if is_terminal { Ok(Self(None)) } else { unbuffered_stdout().map(Some).map(Self) }
    }

    /// Whether it takes no byte.
    pub(super) fn is_terminal(&self) -> bool {
        self.0.is_none()
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Some(stdout) => stdout.write(bytes),
            None => Err(ErrorKind::Unsupported.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // It has no buffer.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_takes_no_byte() {
        let mut stdout = Stdout(None);
        assert!(stdout.is_terminal() && stdout.write(b"\xFF").is_err());
    }
}
