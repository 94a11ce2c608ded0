//! Saves all pictures of an account to a folder.
//!
//! ```sh
//! WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-ureq --example backup -- FOLDER
//! ```

use std::env;
use std::error::Error;
use std::path::PathBuf;

use wechat_material::{Credentials, Material, MaterialType};
use wechat_material_client::SaveTo;
use wechat_material_ureq::Client;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("name a folder")?);
    let client = Client::new(Credentials::new(env::var("WECHAT_APP_ID")?, env::var("WECHAT_APP_SECRET")?));
    println!("{} pictures", client.count_materials()?.image);
    for (number, item) in client.list_materials(MaterialType::Image).enumerate() {
        let item = item?;
        // Each picture gets its own folder, as names can be equal. The server chooses the media id, so it is never part of a
        // path.
        let to = SaveTo::folder(folder.join(number.to_string())).overwrite(true);
        match client.download_to(&item.media_id, to)? {
            Material::File(saved) => println!("{}", saved.path.display()),
            other => println!("{} is not a picture: {other:?}", item.media_id),
        }
    }
    Ok(())
}
