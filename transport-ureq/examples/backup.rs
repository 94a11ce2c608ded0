//! Saves all pictures of an account to a folder.
//!
//! ```sh
//! WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-ureq --example backup -- FOLDER
//! ```

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::path::PathBuf;

use wechat_material::{Credentials, Material, MaterialType};
use wechat_material_ureq::Client;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("name a folder")?);
    let client = Client::new(Credentials::new(env::var("WECHAT_APP_ID")?, env::var("WECHAT_APP_SECRET")?));
    println!("{} pictures", client.count_materials()?.image);
    for (number, item) in client.list_materials(MaterialType::Image).enumerate() {
        let item = item?;
        // An interrupted download leaves only this file, which the next run replaces.
        let part = folder.join(".part");
        match client.download_with_restarts(&item.media_id, &mut File::create(&part)?)? {
            Material::File(info) => {
                // Each in a folder of its own, since names can be equal. The server chooses the media id, so it is never
                // part of a path.
                let place = folder.join(number.to_string());
                fs::create_dir_all(&place)?;
                fs::rename(&part, place.join(info.safe_name()))?;
                println!("{number}/{}: {} bytes", info.safe_name(), info.length.unwrap_or_default());
            }
            other => println!("{} is not a picture: {other:?}", item.media_id),
        }
    }
    Ok(())
}
