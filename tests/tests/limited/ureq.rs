//! The blocking transport with a total time limit for every call, including downloads.

use std::time::Duration;

use wechat_material_ureq::{UreqTransport, ureq};

pub(crate) fn transport(time: Duration, max_body: u64) -> UreqTransport {
    let agent = ureq::Agent::config_builder().timeout_global(Some(time)).proxy(None).build();
    UreqTransport::from(ureq::Agent::new_with_config(agent)).max_body(max_body)
}
