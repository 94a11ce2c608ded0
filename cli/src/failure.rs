//! How a command ends badly: what happened, why, and what to do next.

use std::error::Error;
use std::iter;
use std::process::ExitCode;

use crate::output::note;
use crate::printable::printable;

/// What goes to stderr in the end, and the exit code.
pub(crate) struct Failure {
    code: u8,
    what: String,
    details: Vec<String>,
}

impl Failure {
    /// The API, the transport or the system said no.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self { code: 1, what: what.into(), details: Vec::new() }
    }

    /// The command cannot be used like this.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self { code: 2, what: what.into(), details: Vec::new() }
    }

    /// Why: the error, and what is behind it.
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        for error in iter::successors(Some(error), |error| (*error).source()) {
            let why = error.to_string();
            // Errors from elsewhere may have said the same of themselves already.
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

    /// What to do.
    pub(crate) fn next(self, step: &str) -> Self {
        self.with(format!("next: {step}"))
    }

    /// Says it on stderr.
    pub(crate) fn report(&self) -> ExitCode {
        note(&self.to_text());
        ExitCode::from(self.code)
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("error: {}", printable(&self.what));
        for detail in &self.details {
            text.push_str("\n  ");
            text.push_str(&printable(detail));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn every_cause_is_told_once_and_none_of_them_can_move_the_cursor() {
        let inner = io::Error::other("closed \u{1B}[2J");
        let outer = io::Error::new(io::ErrorKind::BrokenPipe, inner);
        let text = Failure::refused("no\r").because(&outer).next("try again").to_text();
        assert_eq!(text, "error: no␍\n  why: closed ␛[2J\n  next: try again");
    }
}
