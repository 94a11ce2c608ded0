//! Saves all pictures of an account into a folder, four at a time.
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
    let items = client.list_materials(MaterialType::Image).map_err(Box::<dyn Error>::from);
    let mut saved = items.map_ok(|item| save(&client, item, &folder)).try_buffer_unordered(4);
    while let Some(line) = saved.next().await {
        println!("{}", line?);
    }
    Ok(())
}

async fn save(client: &Client, item: MaterialItem, folder: &Path) -> Result<String, Box<dyn Error>> {
    // Whole, or only a part that the next run replaces.
    let part = folder.join(format!(".{}.part", item.media_id));
    let mut file = File::create(&part).await?;
    match client.download_with_restarts(&item.media_id, &mut file).await? {
        Material::File(info) => {
            // The media id keeps equal names apart.
            let name = format!("{}-{}", item.media_id, info.safe_name());
            fs::rename(&part, folder.join(&name)).await?;
            Ok(format!("{name}: {} bytes", info.length))
        }
        other => Ok(format!("{} is no picture: {other:?}", item.media_id)),
    }
}
