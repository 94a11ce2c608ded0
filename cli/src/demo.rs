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

/// Fetch every asset of an emulated account, to see how it works
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Demo {
    /// Folder for the files, new or empty [default: a temporary folder]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  wechat-material demo
  wechat-material demo -o assets/";

impl Demo {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let folder = Folder::make(self.output)?;
        let tour = Tour::new(Emulator::start()?, folder.path());
        print(format!(
            "\nAn emulator of the WeChat API runs at {}, with a small account.\n\
             With its app id and app secret, the client obtains a token. The account has:\n\n{}\n",
            tour.base_url(),
            count::table(&tour.counts()?)
        ))?;
        let items = listed(&tour)?;
        print(format!("{}\nAll assets, fetched over HTTP:\n\n", list(&items)))?;
        print(fetched(&tour, &items)?.to_string())?;
        print(
            "\nTwo calls are refused. Neither response is saved as a file, although both have status 200:\n",
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
    let expired = "an expired token (the client obtains a new one, and then the call succeeds)";
    for (what, fault) in [("an unknown media id", tour.unknown_asset()?), (expired, tour.expired_token()?)] {
        let _ = writeln!(
            text,
            "\n  {what}\n    errcode  {}, {}\n    message  {}\n    advice   {}",
            fault.code,
            fault.code.meaning().unwrap_or("unknown"),
            shortened(fault.raw(), 100),
            fault.category().advice()
        );
    }
    Ok(text)
}

fn farewell(folder: &Path) -> String {
    format!(
        "\nThe files are in {}\n\nNext: `{program} emulate` runs the emulator for your own calls,\n\
         `{program} --help` lists all commands.\n",
        printable(&folder.display().to_string()),
        program = program()
    )
}
