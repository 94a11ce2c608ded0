//! `wechat-material list`: the assets of one type, over as many pages as they are.

use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use wechat_material::{ClientError, ListMaterials, MaterialItem, MaterialType, ParseOptions};

mod date;
mod row;

pub(crate) use self::row::{changed, name};

use crate::account::{self, Account, Caller, Kind};
use crate::failure::Failure;
use crate::json;
use crate::output::{print, print_to_reader};
use crate::table::Table;

/// List the assets of one type
#[derive(Args)]
#[command(after_help = account::HELP)]
pub(crate) struct List {
    /// Which assets
    #[arg(long = "type", value_name = "TYPE", default_value = "image", value_parser = material_type())]
    material_type: MaterialType,
    /// Pass over so many
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    offset: u64,
    /// List so many at most
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    limit: Option<u64>,
    /// A table for people, all of it as one JSON array, or a JSON object on a line for each, as they come
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    account: Account,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
    Jsonl,
}

/// Bytes of a page at most.
const LONGEST_PAGE: u64 = 32 << 20;

fn material_type() -> impl TypedValueParser<Value = MaterialType> {
    PossibleValuesParser::new(MaterialType::ALL.iter().map(|one| one.name())).try_map(|name| name.parse())
}

/// What came, one after the other.
type Item = Result<MaterialItem, ClientError>;

impl List {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        // Pages of articles have all that is in them.
        let caller = self.account.caller(Kind::Answer, ParseOptions::default().max_json(LONGEST_PAGE))?;
        let limit = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let items = caller.client.list_materials_from(self.first_page()).take(limit);
        match self.format {
            Format::Table => self.as_table(items, &caller),
            Format::Json => as_json(items, &caller),
            Format::Jsonl => self.as_lines(items, &caller),
        }?;
        Ok(ExitCode::SUCCESS)
    }

    fn first_page(&self) -> ListMaterials {
        let page = ListMaterials::new(self.material_type).offset(self.offset);
        match self.limit {
            // No more than are wanted, if that is less than a page.
            Some(limit @ ..20) => page.count(limit),
            Some(_) | None => page,
        }
    }

    fn as_table(&self, items: impl Iterator<Item = Item>, caller: &Caller) -> Result<(), Failure> {
        let mut table = Table::new(row::TITLES);
        for (listed, item) in (0..).zip(items) {
            match item {
                Ok(item) => table.push(row::of(&item)),
                Err(error) => {
                    // They took some time to come, so they are shown.
                    if listed > 0 {
                        print(table.to_string())?;
                    }
                    return Err(self.broken_off(listed, &error, caller));
                }
            }
        }
        print(table.to_string())
    }

    fn as_lines(&self, items: impl Iterator<Item = Item>, caller: &Caller) -> Result<(), Failure> {
        for (listed, item) in (0..).zip(items) {
            let item = item.map_err(|error| self.broken_off(listed, &error, caller))?;
            if !print_to_reader(json::compact(&item))? {
                break;
            }
        }
        Ok(())
    }

    fn broken_off(&self, listed: u64, error: &ClientError, caller: &Caller) -> Failure {
        let failure = caller.failure(if listed == 0 { NOT_LISTED } else { "the list broke off" }, error);
        // A list that repeats itself would repeat itself there too.
        if listed == 0 || matches!(error, ClientError::List(_)) {
            return failure;
        }
        failure.next(format!("go on behind what has come: --offset {}", self.offset.saturating_add(listed)))
    }
}

const NOT_LISTED: &str = "the assets were not listed";

/// All or nothing: what has an end was not broken off.
fn as_json(items: impl Iterator<Item = Item>, caller: &Caller) -> Result<(), Failure> {
    let items: Vec<_> =
        items.collect::<Result<_, _>>().map_err(|error| caller.failure(NOT_LISTED, &error))?;
    print(json::pretty(&items))
}
