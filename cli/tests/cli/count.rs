//! `count`: a table for people, an object for programs.

use serde_json::json;
use wechat_material::MaterialType;
use wechat_material_testkit::Emulator;

use crate::program::{run, with_credentials};

#[test]
fn assets_are_counted_by_type() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, 4_500);
    emulator.fill(MaterialType::Voice, 0);
    let counted = run(&mut with_credentials(&emulator, &["count"])).expect_fine();
    assert_eq!(
        counted.text().lines().collect::<Vec<_>>(),
        ["  image  voice  video  news", "  ─────  ─────  ─────  ────", "  4,500      0      2     2"]
    );
    let counted = run(&mut with_credentials(&emulator, &["count", "--format", "json"])).expect_fine();
    assert_eq!(counted.json(), json!({ "image": 4_500, "voice": 0, "video": 2, "news": 2 }));
}
