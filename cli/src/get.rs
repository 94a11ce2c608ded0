//! `wechat-material get MEDIA_ID`: one asset over real HTTP.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use wechat_material::{ClientError, FileType, Material, ParseOptions};
use wechat_material_ureq::{SaveTo, SavedFile};

mod max_size;

use crate::account::{self, Account, Kind};
use crate::failure::Failure;
use crate::json;
use crate::output::{note, print, unbuffered_stdout};
use crate::printable::{bytes, printable};
use crate::signals;

/// Fetch an asset: articles and videos as JSON, others as a file
#[derive(Args)]
#[command(after_help = account::help(EXAMPLES))]
pub(crate) struct Get {
    /// Media id of a permanent asset (use -- before an id that starts with a hyphen)
    media_id: String,
    /// Save the file as PATH, or in the folder PATH/ under its own name; - for stdout
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long)]
    force: bool,
    /// Reject files larger than SIZE: bytes, or a number with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = max_size::parse)]
    max_size: u64,
    #[command(flatten)]
    account: Account,
}

const EXAMPLES: &str = "\
Examples:
  wechat-material get 61224425 -o pictures/
  wechat-material get 61224425 -o cover.jpg --force
  wechat-material get -o pictures/ -- -abc";

impl Get {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let options = ParseOptions::default().max_file(self.max_size);
        let caller = self.account.caller(Kind::Download, options)?;
        let path = self.output.as_deref().filter(|path| *path != Path::new("-"));
        let to_terminal = self.output.is_none() && io::stdout().is_terminal();
        let fetched = match path {
            Some(path) => {
                signals::handle()?;
                let to = SaveTo::from(path).overwrite(self.force);
                caller.client.download_to(&self.media_id, to).map(|material| material.map_file(Some))
            }
            None => caller
                .client
                .download(&self.media_id, &mut sink(to_terminal)?)
                .map(|material| material.map_file(|_| None)),
        };
        match fetched {
            Ok(Material::News(news)) => {
                print(json::pretty(&news))?;
                report_not_saved(path, "the asset is articles, not a file");
            }
            Ok(Material::Video(video)) => {
                print(json::pretty(&video))?;
                report_not_saved(
                    path,
                    "the asset is a video, which is a link: fetch down_url without the token",
                );
            }
            Ok(Material::File(Some(file))) => report_saved(&file),
            Ok(Material::File(None)) => {}
            Ok(_) => return Err(Failure::refused("the asset is of an unknown kind")),
            // The reader of stdout has gone.
            Err(ClientError::Sink { cause, .. }) if cause.kind() == ErrorKind::BrokenPipe => {}
            Err(ClientError::Sink { .. }) if to_terminal => {
                return Err(Failure::usage("the asset is a file, and is not written to a terminal")
                    .next("save it with -o PATH (-o ./ gives it its own name), or redirect stdout"));
            }
            Err(error) if path.is_some() => return Err(caller.failure(&error).with("nothing was saved")),
            Err(error) => return Err(incomplete(caller.failure(&error), &error)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Stdout. No byte of a file goes to a terminal unless that was asked for.
fn sink(to_terminal: bool) -> Result<Box<dyn Write>, Failure> {
    if to_terminal {
        let full: &mut [u8] = &mut [];
        return Ok(Box::new(full));
    }
    Ok(Box::new(unbuffered_stdout()?))
}

/// With what stdout has of a download that was interrupted.
fn incomplete(failure: Failure, error: &ClientError) -> Failure {
    match error {
        ClientError::Call { written: written @ 1.., .. }
        | ClientError::Sink { written: written @ 1.., .. } => {
            failure.with(format!("the output is incomplete: {} were written to stdout", bytes(*written)))
        }
        _ => failure,
    }
}

fn report_saved(file: &SavedFile) {
    let file_type = file.info.file_type().map_or("of unknown type", FileType::media_type);
    let path = printable(&file.path.display().to_string());
    note(&format!("saved {path}: a file of {} ({file_type})", bytes(file.info.length.unwrap_or_default())));
}

/// Reports that `-o` was not used.
fn report_not_saved(path: Option<&Path>, reason: &str) {
    if let Some(path) = path {
        note(&format!("nothing was written to {}: {reason}", printable(&path.display().to_string())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_takes_no_byte_of_a_file() {
        let mut sink = sink(true).unwrap_or_else(|_| panic!("a sink"));
        assert!(sink.write_all(b"\xFF").is_err());
    }
}
