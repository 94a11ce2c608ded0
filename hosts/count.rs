//! The target and the expected result of a call over a transport of this project.

use wechat_material::{Access, AccessToken, MaterialCounts};

use crate::loopback::Server;

pub fn access(server: &Server) -> Access {
    let base = format!("https://{}", server.address);
    Access::with_base_url(&AccessToken::new("81_Zx3"), base.parse().unwrap())
}

pub fn assert_counted(counts: &MaterialCounts) {
    assert_eq!((counts.voice, counts.video, counts.image, counts.news), (1, 2, 3, 4));
}
