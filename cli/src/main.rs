#![doc = include_str!("../README.md")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod demo;
mod emulate;
mod failure;
mod get;
mod inspect;
mod json;
mod output;
mod printable;
mod program;
mod save;

/// Fetches permanent assets of a WeChat Official Account, and judges recorded answers
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  wechat-material demo
  wechat-material get 61224425 -o pictures/     (the token in WECHAT_ACCESS_TOKEN)

Exit codes:
  0  fine; for inspect: the answer is an asset
  1  the API, the connection or the verdict said no, or the output could not be written
  2  wrong usage
130  interrupted";

#[derive(Subcommand)]
enum Command {
    Get(get::Get),
    Inspect(inspect::Inspect),
    Demo(demo::Demo),
    Emulate(emulate::Emulate),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Get(get) => get.run(),
        Command::Inspect(inspect) => inspect.run(),
        Command::Demo(demo) => demo.run(),
        Command::Emulate(emulate) => emulate.run(),
    };
    outcome.unwrap_or_else(|failure| failure.report())
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
