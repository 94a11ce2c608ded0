//! How calls are made: where to, for how long, and how often.

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use wechat_material::{BaseUrl, RetryPolicy};
use wechat_material_ureq::UreqTransport;

use crate::failure::Failure;

#[derive(Args)]
#[command(next_help_heading = "Network options")]
pub(crate) struct Calls {
    /// Call this server instead of https://api.weixin.qq.com
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Timeout of a call (default 120), and of a download when nothing arrives (default 30)
    #[arg(long, value_name = "SECONDS", value_parser = RangedU64ValueParser::<u64>::new().range(1..=A_WEEK))]
    timeout: Option<u64>,
    /// Do not retry calls or renew tokens
    #[arg(long)]
    no_retry: bool,
}

const A_WEEK: u64 = 7 * 24 * 60 * 60;

/// What a call is for: an answer, which is short, or a file.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Answer,
    Download,
}

impl Kind {
    /// For how long it is retried.
    fn max_elapsed(self) -> Duration {
        Duration::from_secs(match self {
            Self::Answer => 2 * 60,
            Self::Download => 30 * 60,
        })
    }
}

impl Calls {
    pub(super) fn base(&self) -> Result<BaseUrl, Failure> {
        match &self.base_url {
            None => Ok(BaseUrl::default()),
            // Not parsed by clap, which would print a URL that may contain a password.
            Some(url) => {
                BaseUrl::new(url).map_err(|error| Failure::usage("--base-url cannot be used").because(&error))
            }
        }
    }

    /// `--timeout` limits a JSON call, the head of a download, and the time in which nothing of it arrives.
    pub(super) fn transport(&self) -> UreqTransport {
        const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
        let builder = UreqTransport::builder().no_proxy();
        match self.timeout() {
            None => builder.build(),
            Some(limit) => builder
                .connect_timeout(limit.min(CONNECT_TIMEOUT))
                .read_timeout(limit)
                .call_timeout(limit)
                .build(),
        }
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs)
    }

    /// For a person who waits: a few attempts, and then the error.
    pub(super) fn policy(&self, kind: Kind) -> RetryPolicy {
        let max_attempts = if self.no_retry { 1 } else { 4 };
        let max_elapsed = kind.max_elapsed().max(self.timeout().unwrap_or_default());
        RetryPolicy::default().max_attempts(max_attempts).max_elapsed(max_elapsed)
    }
}
