//! `wechat-material demo`: the account of the emulator, fetched over real HTTP.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use wechat_material_testkit::{Emulator, account};

mod folder;
mod table;
mod tour;

use self::folder::Folder;
use self::table::Table;
use self::tour::Tour;
use crate::failure::Failure;
use crate::output::print;
use crate::printable::{printable, shortened};
use crate::program::program;

/// Fetch a small account from an emulator of the API, to see how it works
#[derive(Args)]
pub(crate) struct Demo {
    /// A new or empty folder for the files; by default one among the temporary files
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Demo {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let folder = Folder::make(self.output)?;
        let emulator = Emulator::start()
            .map_err(|error| Failure::refused("the emulator could not be started").because(&error))?;
        print(format!(
            "\nAn emulator of the WeChat API runs at {}, with a small account.\n\
             Here is all that its media ids lead to, fetched over HTTP:\n\n",
            emulator.base_url()
        ))?;
        let tour = Tour::of(emulator, folder.path());
        print(fetched(&tour)?.to_string())?;
        print(
            "\nAnd two calls that are refused. Neither becomes a file, though both come with status 200:\n",
        )?;
        print(refused(&tour)?)?;
        print(farewell(&folder.keep()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn fetched(tour: &Tour<'_>) -> Result<Table, Failure> {
    let mut table = Table::new(["kind", "size", "type", "name"]);
    for asset in account() {
        for item in tour.fetch(asset.media_id)? {
            table.push([item.kind, item.size, item.what, item.name]);
        }
    }
    Ok(table)
}

fn refused(tour: &Tour<'_>) -> Result<String, Failure> {
    let mut text = String::new();
    for (what, fault) in
        [("an unknown media id", tour.unknown_asset()?), ("an expired token", tour.expired_token()?)]
    {
        let _ = writeln!(
            text,
            "\n  {what}\n    errcode  {}, {}\n    words    {}\n    advice   {}",
            fault.code,
            fault.code.meaning().unwrap_or("of unknown meaning"),
            shortened(fault.raw(), 100),
            fault.category().advice()
        );
    }
    Ok(text)
}

fn farewell(folder: &Path) -> String {
    format!(
        "\nThe files lie in {}\n\nNext: `{program} emulate` keeps the emulator running for calls of your own,\n\
         `{program} --help` shows what else there is.\n",
        printable(&folder.display().to_string()),
        program = program()
    )
}
