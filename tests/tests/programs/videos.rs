//! The videos of an account, saved as files, with their pages reported as pages.

use std::path::Path;

use wechat_material::{ClientError, Material, MaterialType, VideoLink};
use wechat_material_client::SaveTo;
use wechat_material_ureq::Client;

/// Saves the videos that are files, and returns a line for each video.
fn save_videos(client: &Client, folder: &Path) -> Result<Vec<String>, ClientError> {
    let mut lines = Vec::new();
    for item in client.list_materials(MaterialType::Video) {
        let Material::Video(video) = client.get_material(&item?.media_id)? else { continue };
        lines.push(match video.link() {
            VideoLink::Page(url) => format!("{} is a page: {url}", video.title),
            VideoLink::File(_) => {
                let saved = client.download_video_to(&video, SaveTo::folder(folder))?;
                format!("{} is in {}", video.title, saved.path.display())
            }
        });
    }
    Ok(lines)
}

mod tests {
    use wechat_material::AddressPolicy;
    use wechat_material_testkit::Emulator;

    use super::*;
    use crate::{blocking_client, builder};

    #[test]
    fn a_file_is_saved_and_a_page_is_reported() {
        let (emulator, folder) = (Emulator::start().unwrap(), tempfile::tempdir().unwrap());
        // The link leads to the emulator, whose address is not public.
        let client = builder(&emulator).address_policy(AddressPolicy::Any).build();
        let path = folder.path().join("绿与蓝，一秒钟.mp4");
        let [page, file] = &save_videos(&client, folder.path()).unwrap()[..] else {
            panic!("not two videos")
        };
        assert!(page.starts_with("网页里的视频 is a page: http://mp.weixin.qq.com/mp/mp/video?"), "{page}");
        assert_eq!(file, &format!("绿与蓝，一秒钟 is in {}", path.display()));
        assert_eq!(std::fs::read(path).unwrap(), include_bytes!("../../../testkit/assets/video.mp4"));
        let sent = emulator.take_exchanges();
        let links: Vec<_> = sent.iter().filter(|call| call.target.starts_with("/vweixinp")).collect();
        assert_eq!(links.len(), 1);
        assert!(!links[0].target.contains("access_token"));
    }

    #[test]
    fn a_link_to_a_private_address_is_not_followed_by_default() {
        let (emulator, folder) = (Emulator::start().unwrap(), tempfile::tempdir().unwrap());
        let error = save_videos(&blocking_client(&emulator), folder.path()).unwrap_err();
        assert!(error.to_string().contains("is not a public address"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
