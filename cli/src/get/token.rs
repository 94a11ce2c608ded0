//! Where the access token comes from. Whatever is wrong with it, its text is not printed.

use std::env;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use wechat_material::AccessToken;

use crate::failure::Failure;

const VARIABLE: &str = "WECHAT_ACCESS_TOKEN";

#[derive(Args)]
pub(super) struct Token {
    /// Read the access token from this file instead of WECHAT_ACCESS_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Token {
    pub(super) fn read(&self) -> Result<AccessToken, Failure> {
        let text = if let Some(path) = &self.token_file {
            // The path stays unnamed: it could be the token itself, given by mistake.
            fs::read_to_string(path)
                .map_err(|error| Failure::usage("the token file cannot be read").because(&error))?
        } else {
            env::var_os(VARIABLE)
                .unwrap_or_default()
                .into_string()
                .map_err(|_| Failure::usage(format!("{VARIABLE} is not UTF-8: set it anew")))?
        };
        // Files end with a line end, and some editors begin them with a byte order mark.
        let text = text.trim_start_matches('\u{FEFF}').trim();
        match (text, &self.token_file) {
            ("", Some(_)) => Err(Failure::usage("the token file is empty: put the access token into it")),
            ("", None) => Err(Failure::usage("there is no access token")
                .next(&format!("put it into {VARIABLE}, or into a file and give that to --token-file"))),
            (text, _) if text.contains(char::is_control) => {
                Err(Failure::usage("the access token has a line break or another control character in it"))
            }
            (text, _) => Ok(AccessToken::new(text)),
        }
    }
}
