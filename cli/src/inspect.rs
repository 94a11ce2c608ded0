//! `wechat-material inspect FILE`: a recorded response, judged offline.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use wechat_material::{Endpoint, GetMaterial, ParseOptions, Strictness};
use wechat_material_testkit::recorded;

mod json;
mod place;
mod text;

use crate::failure::Failure;
use crate::output::print;

/// Show what a recorded response is, and its defects
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Inspect {
    /// Output of curl -i, or a body alone; - for stdin
    file: PathBuf,
    /// Reject JSON that needs repair
    #[arg(long)]
    strict: bool,
    /// Text, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

const AFTER_HELP: &str = "\
Examples:
  wechat-material inspect response
  wechat-material inspect --format json - < response

Record a response with curl -i. If printf is built into the shell, this does not show the token to other users:
  printf 'url = \"https://api.weixin.qq.com/cgi-bin/material/get_material?access_token=%s\"' \"$WECHAT_ACCESS_TOKEN\" |
    curl -si -K - -d '{\"media_id\":\"…\"}' -H 'Content-Type: application/json' > response

Exit code: 0 for an asset, 1 for an error.";

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

impl Inspect {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let recording = read(&self.file).map_err(|error| {
            Failure::usage(format!("{} cannot be read", name(&self.file))).because(&error)
        })?;
        let response = recorded::read(&recording).map_err(|error| {
            Failure::usage(format!("{} is not a recorded response", name(&self.file)))
                .because(&error)
                .next("give the output of curl -i, or the body alone")
        })?;
        drop(recording);
        // Kept beside the response to show places in it.
        let body = response.body().clone();
        let strictness = if self.strict { Strictness::Strict } else { Strictness::Tolerant };
        let options = ParseOptions::default().strictness(strictness);
        let verdict = GetMaterial::new("").parse_with(&options, response);
        print(match self.format {
            Format::Text => text::report(&verdict, &body),
            Format::Json => json::report(&verdict),
        })?;
        Ok(if verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return fs::read(file);
    }
    let mut recording = Vec::new();
    io::stdin().read_to_end(&mut recording)?;
    Ok(recording)
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "stdin".to_owned() } else { file.display().to_string() }
}
