//! `wechat-material get MEDIA_ID`: one asset over real HTTP.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf, is_separator};
use std::process::ExitCode;

use clap::Args;
use wechat_material::{ClientError, FileType, Material, ParseOptions};
use wechat_material_client::{SaveTo, SavedFile};

mod failed;
mod max_size;
mod stdout;

use self::stdout::Stdout;
use crate::account::{self, Account, Kind};
use crate::failure::Failure;
use crate::json;
use crate::output::{note, print};
use crate::printable::{bytes, printable};
use crate::signals;

/// Fetch an asset: articles and videos as JSON on stdout, any other as a file
#[derive(Args)]
#[command(after_help = account::HELP)]
pub(crate) struct Get {
    /// The media id of a permanent asset (use -- before an id that starts with a hyphen)
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
        let path = self.output.as_deref().filter(|path| *path != Path::new("-"));
        let mut stdout = Stdout::new(self.output.is_some())?;
        let fetched = match path {
            Some(path) => {
                signals::handle()?;
                let to = save_to(path).overwrite(self.force);
                caller.client.download_to(&self.media_id, to).map(|material| material.map_file(Some))
            }
            None => caller
                .client
                .download(&self.media_id, &mut stdout)
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
                    "the asset is a video, which comes as a link: fetch down_url without the token",
                );
            }
            Ok(Material::File(Some(file))) => report_saved(&file),
            Ok(Material::File(None)) => {}
            Ok(_) => return Err(Failure::refused("the asset is of a kind that this program does not know")),
            // The reader of the output has gone.
            Err(ClientError::Sink { cause, .. }) if cause.kind() == ErrorKind::BrokenPipe => {}
            Err(ClientError::Sink { .. }) if stdout.is_terminal() => {
                return Err(Failure::usage("the asset is a file, and is not written to a terminal")
                    .next("save it with -o PATH (-o ./ gives it its own name), or redirect stdout"));
            }
            Err(error) => return Err(failed::failure(&error, path.is_some(), &caller)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A folder if there is one, or if the path ends like one.
fn save_to(path: &Path) -> SaveTo {
    if path.is_dir() || ends_with_separator(path.as_os_str()) {
        SaveTo::folder(path)
    } else {
        SaveTo::file(path)
    }
}

fn ends_with_separator(path: &OsStr) -> bool {
    path.as_encoded_bytes().last().is_some_and(|byte| is_separator(char::from(*byte)))
}

fn report_saved(file: &SavedFile) {
    let file_type = file.info.file_type().map_or("of unknown type", FileType::media_type);
    let path = printable(&file.path.display().to_string());
    note(&format!("saved {path}: a file of {} ({file_type})", bytes(file.info.length.unwrap_or_default())));
}

/// Says that `-o` was of no use.
fn report_not_saved(path: Option<&Path>, reason: &str) {
    if let Some(path) = path {
        note(&format!("nothing was written to {}: {reason}", printable(&path.display().to_string())));
    }
}
