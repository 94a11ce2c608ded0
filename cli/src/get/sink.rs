//! What the bytes of a file go into as they arrive.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use wechat_material::{ClientError, FileInfo, FileType};
use wechat_material_client::blocking::Rewind;

use super::destination::Destination;
use crate::failure::Failure;
use crate::output::{note, unbuffered_stdout};
use crate::printable::{bytes, printable};
use crate::save::Part;

/// What a destination is to a download. Nothing is made before the first byte of a file is there: an error of the API
/// makes neither a file nor a folder.
pub(super) struct Sink<'d> {
    destination: &'d Destination,
    force: bool,
    state: State,
}

enum State {
    Untouched,
    Stdout(File),
    Part(Part),
    Refused(Failure),
}

impl<'d> Sink<'d> {
    pub(super) fn of(destination: &'d Destination, force: bool) -> Self {
        Self { destination, force, state: State::Untouched }
    }

    fn opened(&self) -> State {
        let opened = match self.destination {
            Destination::Stdout => unbuffered_stdout().map(State::Stdout),
            Destination::File(path) => Part::beside(path, self.force).map(State::Part),
            Destination::Folder(folder) => Part::in_folder(folder).map(State::Part),
            Destination::Nowhere => {
                Err(Failure::usage("a file is coming, and a terminal is no place for its bytes")
                    .next("save it with -o PATH (-o ./ gives it its own name), or redirect stdout"))
            }
        };
        opened.unwrap_or_else(State::Refused)
    }

    /// Gives a file that came whole its name, and says so. What went to stdout is there already.
    pub(super) fn save(self, info: &FileInfo) -> Result<(), Failure> {
        let State::Part(part) = self.state else { return Ok(()) };
        match self.destination {
            Destination::Folder(folder) => save_as(&folder.join(info.safe_name()), part, info, self.force),
            Destination::File(path) => save_as(path, part, info, self.force),
            Destination::Stdout | Destination::Nowhere => Ok(()),
        }
    }

    /// Whether it was not the download that failed, but a reader of stdout that went away.
    pub(super) fn has_seen_enough(&self, error: &ClientError) -> bool {
        let is_closed = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
        matches!(self.state, State::Stdout(_))
            && matches!(error, ClientError::Sink { cause, .. } if is_closed(cause))
    }

    /// Why it took nothing at all, if it did not. Whatever came of a file is removed.
    pub(super) fn refusal(self) -> Option<Failure> {
        match self.state {
            State::Refused(failure) => Some(failure),
            State::Untouched | State::Stdout(_) | State::Part(_) => None,
        }
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let State::Untouched = self.state {
            self.state = self.opened();
        }
        match &mut self.state {
            State::Stdout(stdout) => stdout.write(bytes),
            State::Part(part) => part.write(bytes),
            State::Untouched | State::Refused(_) => Err(io::Error::other("there is nothing to write into")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // Neither of the two has a buffer.
        Ok(())
    }
}

/// Begins with nothing in it.
impl Rewind for Sink<'_> {
    fn mark(&mut self) -> io::Result<u64> {
        Ok(0)
    }

    fn rewind(&mut self, mark: u64) -> io::Result<()> {
        match &mut self.state {
            State::Part(part) => part.rewind(mark),
            State::Untouched | State::Stdout(_) | State::Refused(_) => Err(ErrorKind::NotSeekable.into()),
        }
    }
}

fn save_as(path: &Path, part: Part, info: &FileInfo, force: bool) -> Result<(), Failure> {
    part.save_as(path, force)?;
    let file_type = info.file_type().map_or("of unknown type", FileType::media_type);
    let path = printable(&path.display().to_string());
    note(&format!("saved {path}: a file of {} ({file_type})", bytes(info.length.unwrap_or_default())));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_takes_no_byte_and_the_advice_is_what_is_told() {
        let mut sink = Sink::of(&Destination::Nowhere, false);
        assert!(sink.write(b"\xFF").is_err());
        let told = sink.refusal().unwrap().to_text();
        assert!(told.contains("a terminal is no place for its bytes\n  next: save it with -o"), "{told}");
    }
}
