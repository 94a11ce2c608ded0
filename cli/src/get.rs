//! `wechat-material get MEDIA_ID`: one asset over real HTTP.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use wechat_material::{
    Access, AccessToken, ApiError, BaseUrl, CallError, File, FileType, GetMaterial, Material, call,
};
use wechat_material_ureq::{UreqError, UreqTransport};

mod destination;
mod token;
mod words;

use self::destination::Destination;
use self::token::Token;
use crate::failure::Failure;
use crate::output::{note, print};
use crate::printable::{bytes, printable};
use crate::{json, save};

/// Fetch an asset: articles and videos as JSON on stdout, any other as a file
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
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
    /// Call another host of WeChat, or a proxy of yours, instead of api.weixin.qq.com
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    #[command(flatten)]
    token: Token,
}

const AFTER_HELP: &str = "\
The access token is taken from the environment variable WECHAT_ACCESS_TOKEN, or from --token-file.
It is no argument, as everyone on a machine can read the arguments of its programs.";

impl Get {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let token = self.token.read()?;
        let base = match &self.base_url {
            None => BaseUrl::default(),
            // Not left to clap, which would print a URL that may hold a password.
            Some(url) => BaseUrl::new(url)
                .map_err(|error| Failure::usage("--base-url cannot be used").because(&error))?,
        };
        let destination = Destination::of(self.output.as_deref(), io::stdout().is_terminal());
        destination.check(self.force)?;

        let get = GetMaterial::new(self.media_id);
        let material = call(&get, &Access::at(base, &token), &UreqTransport::new())
            .map_err(|error| failure(&error, &token))?;
        match material {
            Material::News(news) => {
                print(json::pretty(&news))?;
                mind_the_output(self.output.as_deref(), "the asset is articles, not a file");
            }
            Material::Video(video) => {
                print(json::pretty(&video))?;
                mind_the_output(
                    self.output.as_deref(),
                    "the asset is a video, which comes as a link: fetch down_url without the token",
                );
            }
            Material::File(file) => deliver(&file, &destination, self.force, &token)?,
            _ => return Err(Failure::refused("the asset is of a kind that this program does not know")),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn deliver(file: &File, destination: &Destination, force: bool, token: &AccessToken) -> Result<(), Failure> {
    let name = file.info.safe_name();
    let path = match destination {
        Destination::Stdout => return print(&file.bytes),
        Destination::Nowhere => {
            return Err(Failure::usage(format!(
                "{} came, and a terminal is no place for it",
                described(file)
            ))
            .next("save it with -o PATH (-o ./ gives it its own name), or redirect stdout"));
        }
        Destination::File(path) => path.clone(),
        Destination::Folder(_) if words::repeat(&name, token) => {
            return Err(Failure::refused("the file's name repeats the access token, and was not used")
                .next("give it a name of yours: -o PATH"));
        }
        Destination::Folder(folder) => {
            destination::make(folder)?;
            folder.join(name)
        }
    };
    save::save(&path, &file.bytes, force)?;
    note(&format!("saved {}: {}", printable(&path.display().to_string()), described(file)));
    Ok(())
}

/// `a file of 12,345 bytes (image/jpeg)`
fn described(file: &File) -> String {
    let file_type = file.info.file_type().map_or("of unknown type", FileType::media_type);
    format!("a file of {} ({file_type})", bytes(file.info.length))
}

/// Says that `-o` was of no use.
fn mind_the_output(output: Option<&Path>, reason: &str) {
    if let Some(path) = output.filter(|path| *path != Path::new("-")) {
        note(&format!("nothing was written to {}: {reason}", printable(&path.display().to_string())));
    }
}

fn failure(error: &CallError<UreqError>, token: &AccessToken) -> Failure {
    let what = "the asset was not fetched";
    match error {
        CallError::Build(error) => Failure::usage(what).because(error),
        CallError::Transport(error) => Failure::refused(what).because(error),
        CallError::Api(error @ ApiError::Fault(fault)) => {
            Failure::refused(what).because(error).with_words(fault, token)
        }
        // The body may quote the token, so it is not shown here.
        CallError::Api(error) => Failure::refused(what).because(error),
    }
}
