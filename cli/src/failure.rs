//! How a command fails: what happened, why, and what to do next.

use std::error::Error;
use std::iter;
use std::process::ExitCode;

use crate::output::note;
use crate::printable::printable;

mod call;

/// What goes to stderr in the end, and the exit code.
pub(crate) struct Failure {
    code: u8,
    what: String,
    details: Vec<String>,
    steps: Vec<String>,
}

impl Failure {
    /// The API, the transport or the system failed.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(1, what.into())
    }

    /// The command cannot be used like this.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(2, what.into())
    }

    fn new(code: u8, what: String) -> Self {
        Self { code, what, details: Vec::new(), steps: Vec::new() }
    }

    /// Wrong usage, although it was not seen at once.
    pub(crate) fn into_usage(self) -> Self {
        Self { code: 2, ..self }
    }

    /// Why: the error and its causes.
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        for error in iter::successors(Some(error), |error| (*error).source()) {
            let why = error.to_string();
            // Some errors print their cause themselves.
            if !self.details.last().is_some_and(|said| said.ends_with(&why)) {
                self.details.push(format!("why: {why}"));
            }
        }
        self
    }

    /// What else there is to know.
    pub(crate) fn with(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// What to do. It is printed last.
    pub(crate) fn next(mut self, step: impl AsRef<str>) -> Self {
        self.steps.push(format!("next: {}", step.as_ref()));
        self
    }

    /// Prints it on stderr.
    pub(crate) fn report(&self) -> ExitCode {
        note(&self.to_text());
        ExitCode::from(self.code)
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("error: {}", printable(&self.what));
        for detail in self.details.iter().chain(&self.steps) {
            text.push_str("\n  ");
            text.push_str(&printable(detail));
        }
        text
    }
}

/// The error of a library, and its causes.
impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let failure = Self::refused(error.to_string());
        error.source().into_iter().fold(failure, Self::because)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn every_cause_is_printed_once_and_none_of_them_can_move_the_cursor() {
        let inner = io::Error::other("closed \u{1B}[2J");
        let outer = io::Error::new(io::ErrorKind::BrokenPipe, inner);
        let text = Failure::refused("no\r").next("try again").because(&outer).to_text();
        assert_eq!(text, "error: no␍\n  why: closed ␛[2J\n  next: try again");
    }
}
