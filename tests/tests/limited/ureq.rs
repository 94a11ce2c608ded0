//! The blocking transport with a limit to everything, downloads included: no call goes on for as long as it is fed.

use std::time::Duration;

use wechat_material_ureq::{UreqTransport, ureq};

pub(crate) fn transport(time: Duration, max_body: u64) -> UreqTransport {
    let agent = ureq::Agent::config_builder().timeout_global(Some(time)).proxy(None).build();
    UreqTransport::from(ureq::Agent::new_with_config(agent)).max_body(max_body)
}
