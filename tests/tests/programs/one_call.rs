//! One call with other settings, and what its answer was read from.

use wechat_material::{ClientError, GetMaterial, Material, ParseOptions, RetryPolicy};
use wechat_material_ureq::Client;

/// Describes an asset of at most 64 KiB, after one attempt.
fn describe(client: &Client, media_id: &str) -> Result<String, ClientError> {
    let once = client.with(|config| {
        config.retry = RetryPolicy::never();
        config.options = ParseOptions::default().max_json(64 << 10).max_file(64 << 10);
    });
    let parsed = once.call_detailed(&GetMaterial::new(media_id))?;
    let what = match parsed.output {
        Material::News(news) => format!("{} articles", news.articles.len()),
        Material::Video(video) => format!("the video {}", video.title),
        Material::File(file) => format!("{} ({} bytes)", file.info.safe_name(), file.bytes.len()),
        _ => "something new".to_owned(),
    };
    let repairs: Vec<_> = parsed.repairs.iter().map(ToString::to_string).collect();
    Ok(format!("{what}: {}; repairs: {repairs:?}", parsed.evidence))
}

mod tests {
    use wechat_material::MaterialType;
    use wechat_material_testkit::{Account, Emulator, Quirk};

    use super::*;
    use crate::{blocking_client, is_for_a_token};

    #[test]
    fn evidence_and_repairs_are_reported() {
        let emulator = Emulator::start().unwrap();
        let client = blocking_client(&emulator);
        let picture = describe(&client, "IMAGE-01").unwrap();
        assert_eq!(picture, "绿与蓝.jpg (1826 bytes): Content-Disposition says attachment; repairs: []");
        emulator.misbehave_for("NEWS-ONE", Quirk::DoubledColon);
        let news = describe(&client, "NEWS-ONE").unwrap();
        let expected = "1 articles: the body starts with {; repairs: [\"doubled-colon at byte ";
        assert!(news.starts_with(expected), "{news}");
    }

    #[test]
    fn limits_and_retries_are_those_of_the_call() {
        let account = Account::built_in().file("LONG", MaterialType::Image, "long.jpg", vec![0xFF; 65 << 10]);
        let emulator = Emulator::builder().account(account).start().unwrap();
        let client = blocking_client(&emulator);
        let error = describe(&client, "LONG").unwrap_err();
        assert!(error.to_string().contains("exceeds 65536 bytes of a file"), "{error}");
        client.get_material("LONG").unwrap();

        emulator.misbehave_for("IMAGE-01", Quirk::Errcode(-1));
        emulator.take_exchanges();
        describe(&client, "IMAGE-01").unwrap_err();
        let exchanges = emulator.take_exchanges();
        assert_eq!((exchanges.len(), exchanges.iter().any(is_for_a_token)), (1, false));
    }
}
