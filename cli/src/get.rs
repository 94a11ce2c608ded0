//! `wechat-material get MEDIA_ID`: one asset over real HTTP.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use wechat_material::{Access, BaseUrl, GetMaterial, Material, ParseOptions};
use wechat_material_ureq::{UreqTransport, download};

mod destination;
mod failed;
mod sink;
mod token;
mod words;

use self::destination::Destination;
use self::sink::Sink;
use self::token::Token;
use crate::failure::Failure;
use crate::json;
use crate::output::{note, print};
use crate::printable::printable;

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
        let access = Access::at(base, &token);
        let mut sink = Sink::of(&destination, self.force);
        let parsed = match download(&get, &ParseOptions::default(), &access, &UreqTransport::new(), &mut sink)
        {
            Ok(parsed) => parsed,
            Err(error) if sink.has_seen_enough(&error) => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(sink.failure(error, &token)),
        };
        match parsed.output {
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
            Material::File(info) => sink.save(&info, &token)?,
            _ => return Err(Failure::refused("the asset is of a kind that this program does not know")),
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
