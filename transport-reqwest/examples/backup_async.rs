//! Saves the pictures of an account that are not in a folder yet, four at a time: a job for every night.
//!
//! ```sh
//! WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-reqwest --example backup_async -- FOLDER
//! ```

use std::collections::HashSet;
use std::env;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use futures_util::StreamExt;
use wechat_material::{ClientError, Credentials, Material, MaterialItem, MaterialType};
use wechat_material_reqwest::{Client, SaveTo};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("name a folder")?;
    let client = Client::new(Credentials::new(env::var("WECHAT_APP_ID")?, env::var("WECHAT_APP_SECRET")?));
    let Summary { saved, skipped, failed } = backup(&client, Path::new(&folder)).await?;
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
pub(crate) async fn backup(client: &Client, folder: &Path) -> Result<Summary, ClientError> {
    let mut summary = Summary::default();
    let ids = saved_ids(folder);
    let pictures = client.list_materials(MaterialType::Image);
    let mut saving = pictures.map(|picture| save(client, picture, folder, &ids)).buffer_unordered(4);
    while let Some(outcome) = saving.next().await {
        match outcome? {
            Outcome::Saved => summary.saved += 1,
            Outcome::Skipped => summary.skipped += 1,
            Outcome::Failed(line) => summary.failed.push(line),
        }
    }
    Ok(summary)
}

enum Outcome {
    Saved,
    Skipped,
    Failed(String),
}

async fn save(
    client: &Client,
    picture: Result<MaterialItem, ClientError>,
    folder: &Path,
    ids: &HashSet<OsString>,
) -> Result<Outcome, ClientError> {
    let picture = picture?;
    // The names of pictures are not unique, but their ids are.
    let id = picture.safe_id();
    if ids.contains(OsStr::new(&id)) {
        return Ok(Outcome::Skipped);
    }
    let to = SaveTo::folder_with(folder, move |info| format!("{id}.{}", info.extension().unwrap_or("bin")));
    Ok(match client.download_to(&picture.media_id, to).await {
        Ok(Material::File(_)) => Outcome::Saved,
        Ok(_) => Outcome::Failed(format!("{}: not a file", picture.media_id)),
        Err(error) => Outcome::Failed(format!("{}: {error}", picture.media_id)),
    })
}

/// The names of the files in a folder, without their extensions.
fn saved_ids(folder: &Path) -> HashSet<OsString> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| Some(file.path().file_stem()?.to_owned())).collect()
}
