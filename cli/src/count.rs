//! `wechat-material count`: the number of assets of each type.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use wechat_material::{MaterialCounts, ParseOptions};

use crate::account::{self, Account, Kind};
use crate::failure::Failure;
use crate::json;
use crate::output::print;
use crate::printable::grouped;
use crate::table::Table;

/// Count the assets of each type
#[derive(Args)]
#[command(after_help = account::help(EXAMPLES))]
pub(crate) struct Count {
    /// A table, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    account: Account,
}

const EXAMPLES: &str = "\
Examples:
  wechat-material count
  wechat-material count --format json";

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
}

impl Count {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let caller = self.account.caller(Kind::Answer, ParseOptions::default())?;
        let counts = caller.client.count_materials().map_err(|error| caller.failure(&error))?;
        print(match self.format {
            Format::Table => table(&counts).to_string(),
            Format::Json => json::pretty(&counts),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

pub(crate) fn table(counts: &MaterialCounts) -> Table<4> {
    let mut table = Table::new(["image", "voice", "video", "news"]).numbers(&[0, 1, 2, 3]);
    table.push([counts.image, counts.voice, counts.video, counts.news].map(grouped));
    table
}
