//! Saves all pictures of an account to a folder, four at a time.
//!
//! ```sh
//! WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-reqwest --example backup -- FOLDER
//! ```

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt};
use tokio::fs::{self, File};
use wechat_material::{Credentials, Material, MaterialItem, MaterialType};
use wechat_material_reqwest::Client;

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(backup())
}

async fn backup() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("name a folder")?);
    let client = Client::new(Credentials::new(env::var("WECHAT_APP_ID")?, env::var("WECHAT_APP_SECRET")?));
    println!("{} pictures", client.count_materials().await?.image);
    let items = client.list_materials(MaterialType::Image).map_err(Box::<dyn Error>::from).enumerate();
    let saved = items.map(|(number, item)| item.map(|item| save(&client, number, item, &folder)));
    let mut saved = saved.try_buffer_unordered(4);
    while let Some(line) = saved.next().await {
        println!("{}", line?);
    }
    Ok(())
}

async fn save(
    client: &Client,
    number: usize,
    item: MaterialItem,
    folder: &Path,
) -> Result<String, Box<dyn Error>> {
    // An interrupted download leaves only this file, which the next run replaces.
    let part = folder.join(format!(".{number}.part"));
    let mut file = File::create(&part).await?;
    match client.download_with_restarts(&item.media_id, &mut file).await? {
        Material::File(info) => {
            // Each in a folder of its own, since names can be equal. The server chooses the media id, so it is never part
            // of a path.
            let place = folder.join(number.to_string());
            fs::create_dir_all(&place).await?;
            fs::rename(&part, place.join(info.safe_name())).await?;
            Ok(format!("{number}/{}: {} bytes", info.safe_name(), info.length.unwrap_or_default()))
        }
        other => Ok(format!("{} is not a picture: {other:?}", item.media_id)),
    }
}
