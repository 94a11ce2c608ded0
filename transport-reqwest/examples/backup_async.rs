//! Saves all pictures of an account to a folder, four at a time.
//!
//! ```sh
//! WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-reqwest --example backup_async -- FOLDER
//! ```

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt};
use wechat_material::{ClientError, Credentials, Material, MaterialItem, MaterialType};
use wechat_material_client::SaveTo;
use wechat_material_reqwest::Client;

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(backup())
}

async fn backup() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("name a folder")?);
    let client = Client::new(Credentials::new(env::var("WECHAT_APP_ID")?, env::var("WECHAT_APP_SECRET")?));
    println!("{} pictures", client.count_materials().await?.image);
    let items = client.list_materials(MaterialType::Image).enumerate();
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
) -> Result<String, ClientError> {
    // Each picture gets its own folder, as names can be equal. The server chooses the media id, so it is never part of a path.
    let to = SaveTo::folder(folder.join(number.to_string())).overwrite(true);
    match client.download_to(&item.media_id, to).await? {
        Material::File(saved) => Ok(saved.path.display().to_string()),
        other => Ok(format!("{} is not a picture: {other:?}", item.media_id)),
    }
}
