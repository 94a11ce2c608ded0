//! `wechat-material get MEDIA_ID`: one asset over real HTTP.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use wechat_material::{Material, ParseOptions};

mod destination;
mod failed;
mod max_size;
mod sink;

use self::destination::Destination;
use self::sink::Sink;
use crate::account::{self, Account, Kind};
use crate::failure::Failure;
use crate::json;
use crate::output::{note, print};
use crate::printable::printable;

/// Fetch an asset: articles and videos as JSON on stdout, any other as a file
#[derive(Args)]
#[command(after_help = account::HELP)]
pub(crate) struct Get {
    /// The media id of a permanent asset (behind -- if it begins with a hyphen)
    media_id: String,
    /// Where a file goes: a path, a folder (there under its own name; made if it ends with / and is missing), or
    /// - for stdout
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
    /// Refuse a file that is longer, such as one that never ends: a number of bytes, of K, M or G
    #[arg(long, value_name = "BYTES", default_value = "1G", value_parser = max_size::parse)]
    max_size: u64,
    #[command(flatten)]
    account: Account,
}

impl Get {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let options = ParseOptions::default().max_file(self.max_size);
        let caller = self.account.caller(Kind::Download, options)?;
        let destination = Destination::of(self.output.as_deref(), io::stdout().is_terminal());
        destination.check(self.force)?;

        let mut sink = Sink::of(&destination, self.force);
        let fetched = match &destination {
            // What went there cannot be taken back.
            Destination::Stdout => caller.client.download(&self.media_id, &mut sink),
            Destination::File(_) | Destination::Folder(_) | Destination::Nowhere => {
                caller.client.download_with_restarts(&self.media_id, &mut sink)
            }
        };
        match fetched {
            Ok(Material::News(news)) => {
                print(json::pretty(&news))?;
                mind_the_output(self.output.as_deref(), "the asset is articles, not a file");
            }
            Ok(Material::Video(video)) => {
                print(json::pretty(&video))?;
                mind_the_output(
                    self.output.as_deref(),
                    "the asset is a video, which comes as a link: fetch down_url without the token",
                );
            }
            Ok(Material::File(info)) => sink.save(&info)?,
            Ok(_) => return Err(Failure::refused("the asset is of a kind that this program does not know")),
            Err(error) if sink.has_seen_enough(&error) => {}
            Err(error) => {
                return Err(sink.refusal().unwrap_or_else(|| failed::failure(&error, &destination, &caller)));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Says that `-o` was of no use.
fn mind_the_output(output: Option<&Path>, reason: &str) {
    if let Some(path) = output.filter(|path| *path != Path::new("-")) {
        note(&format!("nothing was written to {}: {reason}", printable(&path.display().to_string())));
    }
}
