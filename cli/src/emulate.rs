//! `wechat-material emulate`: the emulator of the API, to play with.

use std::fmt::Write;
use std::process::ExitCode;
use std::thread;

use clap::Args;
use wechat_material_testkit::{Emulator, built_in_assets};

use crate::failure::Failure;
use crate::output::print;
use crate::printable::padded;
use crate::program::program;

/// Run an emulator of the API on this machine
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Emulate {
    /// Port to listen on [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
}

const EXAMPLES: &str = "\
Examples:
  wechat-material emulate              prints commands that call it
  wechat-material emulate --port 8080";

impl Emulate {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let emulator = Emulator::start_on(self.port).map_err(|error| {
            Failure::refused(format!("the emulator could not be started on port {}", self.port))
                .because(&error)
                .next("try another port, or leave out --port for a free one")
        })?;
        print(instructions(&emulator))?;
        loop {
            thread::park();
        }
    }
}

fn instructions(emulator: &Emulator) -> String {
    let base = emulator.base_url();
    let token = emulator.token();
    let token = token.expose();
    let program = program();
    let mut assets = String::new();
    let longest = built_in_assets().iter().map(|asset| asset.media_id.len()).max().unwrap_or_default();
    for asset in built_in_assets() {
        let _ = writeln!(assets, "  {}  {}", padded(asset.media_id, longest), asset.about);
    }
    format!(
        "\
An emulator of the WeChat API. It runs until it is stopped (Ctrl-C).

base URL    {base}
app id      {app_id}
app secret  {app_secret}
token       {token}
            (valid for two hours)

Its assets:
{assets}
In another terminal:
  export WECHAT_APP_ID={app_id} WECHAT_APP_SECRET={app_secret}
  {program} list --type news --base-url {base}
  {program} get IMAGE-01 --base-url {base} -o ./

With a token instead of app id and app secret:
  export WECHAT_ACCESS_TOKEN={token}
  {program} get NEWS-ONE --base-url {base}

Or with curl:
  curl -si \"{base}/cgi-bin/material/get_material?access_token=$WECHAT_ACCESS_TOKEN\" \\
    -H 'Content-Type: application/json' -d '{{\"media_id\":\"NEWS-ONE\"}}' | {program} inspect -

Inject a fault into the next call (GET lists the faults, DELETE removes them):
  curl -s {base}/emulator/quirks -d '{{\"quirk\":\"truncated-body\",\"next\":1}}'

Obtain a classic token:
  curl -s '{base}/cgi-bin/token?grant_type=client_credential&appid={app_id}&secret={app_secret}'
",
        app_id = Emulator::APP_ID,
        app_secret = Emulator::APP_SECRET,
    )
}
