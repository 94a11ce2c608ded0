//! `wechat-material demo`: the account of the emulator, fetched over real HTTP.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use wechat_material::{MaterialItem, MaterialType};
use wechat_material_testkit::Emulator;

mod folder;
mod tour;

use self::folder::Folder;
use self::tour::Tour;
use crate::count;
use crate::failure::Failure;
use crate::list::{changed, name};
use crate::output::print;
use crate::printable::{printable, shortened};
use crate::program::program;
use crate::table::Table;

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
        let tour = Tour::new(emulator, folder.path());
        print(format!(
            "\nAn emulator of the WeChat API runs at {}, with a small account.\n\
             Its app id and app secret are good for a token, and the account has:\n\n{}\n",
            tour.base_url(),
            count::table(&tour.counts()?)
        ))?;
        let items = listed(&tour)?;
        print(format!("{}\nHere is all of it, fetched over HTTP:\n\n", list(&items)))?;
        print(fetched(&tour, &items)?.to_string())?;
        print(
            "\nAnd two calls that are refused. Neither becomes a file, though both come with status 200:\n",
        )?;
        print(refused(&tour)?)?;
        print(farewell(&folder.keep()))?;
        Ok(ExitCode::SUCCESS)
    }
}

type Listed = Vec<(MaterialType, MaterialItem)>;

fn listed(tour: &Tour<'_>) -> Result<Listed, Failure> {
    let mut listed = Vec::new();
    for material_type in MaterialType::ALL {
        listed.extend(tour.list(*material_type)?.into_iter().map(|item| (*material_type, item)));
    }
    Ok(listed)
}

fn list(items: &Listed) -> Table<4> {
    let mut table = Table::new(["type", "changed (UTC)", "media id", "name or title"]);
    for (material_type, item) in items {
        table.push([material_type.to_string(), changed(item), printable(&item.media_id), name(item)]);
    }
    table
}

fn fetched(tour: &Tour<'_>, items: &Listed) -> Result<Table<4>, Failure> {
    let mut table = Table::new(["kind", "size", "type", "name"]).numbers(&[1]);
    for (_, item) in items {
        for item in tour.fetch(&item.media_id)? {
            table.push([item.kind, item.size, item.what, item.name]);
        }
    }
    Ok(table)
}

fn refused(tour: &Tour<'_>) -> Result<String, Failure> {
    let mut text = String::new();
    let expired = "an expired token (app id and app secret get a new one, and the call comes out well)";
    for (what, fault) in [("an unknown media id", tour.unknown_asset()?), (expired, tour.expired_token()?)] {
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
