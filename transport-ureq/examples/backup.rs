//! Saves the pictures of an account that are not in a folder yet: a job for every night.
//!
//! ```sh
//! WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-ureq --example backup -- FOLDER
//! ```

use std::collections::HashSet;
use std::env;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use wechat_material::{ClientError, Credentials, Material, MaterialType};
use wechat_material_ureq::{Client, SaveTo};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("name a folder")?;
    let client = Client::new(Credentials::new(env::var("WECHAT_APP_ID")?, env::var("WECHAT_APP_SECRET")?));
    let Summary { saved, skipped, failed } = backup(&client, Path::new(&folder))?;
    println!("{saved} saved, {skipped} skipped, {} failed", failed.len());
    for line in failed {
        eprintln!("{line}");
    }
    Ok(())
}

#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) saved: u64,
    pub(crate) skipped: u64,
    pub(crate) failed: Vec<String>,
}

/// Goes on after the failure of a picture, but not after a failure of the list.
pub(crate) fn backup(client: &Client, folder: &Path) -> Result<Summary, ClientError> {
    let mut summary = Summary::default();
    let ids = saved_ids(folder);
    for picture in client.list_materials(MaterialType::Image) {
        let picture = picture?;
        // The names of pictures are not unique, but their ids are.
        let id = picture.safe_id();
        if ids.contains(OsStr::new(&id)) {
            summary.skipped += 1;
            continue;
        }
        let to =
            SaveTo::folder_with(folder, move |info| format!("{id}.{}", info.extension().unwrap_or("bin")));
        match client.download_to(&picture.media_id, to) {
            Ok(Material::File(_)) => summary.saved += 1,
            Ok(_) => summary.failed.push(format!("{}: not a file", picture.media_id)),
            Err(error) => summary.failed.push(format!("{}: {error}", picture.media_id)),
        }
    }
    Ok(summary)
}

/// The names of the files in a folder, without their extensions.
fn saved_ids(folder: &Path) -> HashSet<OsString> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.path().file_stem()?.to_owned())).collect()
}
