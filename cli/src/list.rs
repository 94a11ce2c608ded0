//! `wechat-material list`: the assets of one type, page after page.

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
#[command(after_help = account::help(EXAMPLES))]
pub(crate) struct List {
    /// Type of the assets
    #[arg(long = "type", value_name = "TYPE", default_value = "image", value_parser = material_type())]
    material_type: MaterialType,
    /// Skip the first N
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    offset: u64,
    /// List at most N
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    limit: Option<u64>,
    /// A table, one JSON array, or one JSON object per line
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

const EXAMPLES: &str = "\
Examples:
  wechat-material list --type news
  wechat-material list --type image --offset 100 --limit 20
  wechat-material list --format jsonl > images.jsonl";

/// In bytes. Pages of articles contain whole articles.
const MAX_PAGE: u64 = 32 << 20;

fn material_type() -> impl TypedValueParser<Value = MaterialType> {
    PossibleValuesParser::new(MaterialType::ALL.iter().map(|one| one.name())).try_map(|name| name.parse())
}

type Item = Result<MaterialItem, ClientError>;

impl List {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let caller = self.account.caller(Kind::Answer, ParseOptions::default().max_json(MAX_PAGE))?;
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
            // Less than a page.
            Some(limit @ ..20) => page.count(limit),
            Some(_) | None => page,
        }
    }

    fn as_table(&self, items: impl Iterator<Item = Item>, caller: &Caller) -> Result<(), Failure> {
        let mut table = Table::new(row::TITLES);
        for (listed, item) in (0..).zip(items) {
            match item {
                Ok(item) => table.push(row::cells(&item)),
                Err(error) => {
                    // What was fetched is shown.
                    if listed > 0 {
                        print(table.to_string())?;
                    }
                    return Err(self.interrupted(listed, &error, caller));
                }
            }
        }
        print(table.to_string())
    }

    fn as_lines(&self, items: impl Iterator<Item = Item>, caller: &Caller) -> Result<(), Failure> {
        for (listed, item) in (0..).zip(items) {
            let item = item.map_err(|error| self.interrupted(listed, &error, caller))?;
            if !print_to_reader(json::compact(&item))? {
                break;
            }
        }
        Ok(())
    }

    fn interrupted(&self, listed: u64, error: &ClientError, caller: &Caller) -> Failure {
        let failure = caller.failure(error);
        // A list that repeats itself would repeat itself there too.
        if listed == 0 || matches!(error, ClientError::List(_)) {
            return failure;
        }
        failure.next(format!("continue with --offset {}", self.offset.saturating_add(listed)))
    }
}

/// All or nothing: an incomplete array must not look complete.
fn as_json(items: impl Iterator<Item = Item>, caller: &Caller) -> Result<(), Failure> {
    let items: Vec<_> = items.collect::<Result<_, _>>().map_err(|error| caller.failure(&error))?;
    print(json::pretty(&items))
}
