#![doc = include_str!("../README.md")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

mod account;
mod count;
mod demo;
mod emulate;
mod failure;
mod get;
mod inspect;
mod json;
mod list;
mod output;
mod printable;
mod program;
mod signals;
mod table;
mod token;

/// Fetch and list permanent assets of a WeChat Official Account
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  wechat-material demo
  export WECHAT_APP_ID=wx… WECHAT_APP_SECRET=…
  wechat-material list --type news
  wechat-material get 61224425 -o pictures/

Exit codes:
    0  success; inspect: the response is an asset
    1  a call failed, or the output could not be written; inspect: the response is an error
    2  usage error
  130  interrupted";

#[derive(Subcommand)]
enum Command {
    Count(count::Count),
    List(list::List),
    Get(get::Get),
    Token(token::Token),
    Inspect(inspect::Inspect),
    Demo(demo::Demo),
    Emulate(emulate::Emulate),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && account::arguments_repeat_the_environment() => {
            return Failure::usage("an argument contains the access token or the app secret")
                .next("give them in the environment or in a file: see --help")
                .report();
        }
        Err(error) => error.exit(),
    };
    let outcome = match cli.command {
        Command::Count(count) => count.run(),
        Command::List(list) => list.run(),
        Command::Get(get) => get.run(),
        Command::Token(token) => token.run(),
        Command::Inspect(inspect) => inspect.run(),
        Command::Demo(demo) => demo.run(),
        Command::Emulate(emulate) => emulate.run(),
    };
    outcome.unwrap_or_else(|failure| {
        signals::wait_if_ending();
        failure.report()
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
