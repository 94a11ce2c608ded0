//! A web service that serves assets: `GET /material/MEDIA_ID`. Files are streamed and never held in memory.
//!
//! ```sh
//! WECHAT_APP_ID=wx… WECHAT_APP_SECRET=… cargo run -p wechat-material-reqwest --example web_service
//! ```

use std::env;
use std::error::Error;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use wechat_material::{Category, ClientError, Credentials, FileType, Material, VideoLink};
use wechat_material_reqwest::{Client, Download};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let credentials = Credentials::new(env::var("WECHAT_APP_ID")?, env::var("WECHAT_APP_SECRET")?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, service(Client::new(credentials))).await?;
    Ok(())
}

pub(crate) fn service(client: Client) -> Router {
    Router::new().route("/material/{media_id}", get(material)).with_state(client)
}

async fn material(State(client): State<Client>, Path(media_id): Path<String>) -> Response {
    match client.open(&media_id).await {
        Ok(Material::File(file)) => stream(file),
        Ok(Material::News(news)) => Json(news).into_response(),
        Ok(Material::Video(video)) => match video.link() {
            VideoLink::File(url) | VideoLink::Page(url) => Redirect::temporary(url).into_response(),
        },
        Ok(_) => StatusCode::NOT_IMPLEMENTED.into_response(),
        Err(error) => (status(&error), error.to_string()).into_response(),
    }
}

/// Sends a file as it arrives, with its length if that is known. If the file breaks off, the response does too.
fn stream(file: Download) -> Response {
    let media_type = file.info().file_type().map_or("application/octet-stream", FileType::media_type);
    let mut response = Response::new(Body::new(file));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn status(error: &ClientError) -> StatusCode {
    match error.fault().map(wechat_material::Fault::category) {
        Some(Category::Argument) => StatusCode::NOT_FOUND,
        Some(Category::RateLimit | Category::Quota) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_GATEWAY,
    }
}
