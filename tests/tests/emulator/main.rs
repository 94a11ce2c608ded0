//! The emulator behaves as WeChat was observed to behave.

use serde_json::{Value, json};
use wechat_material::http::{Request, Response};
use wechat_material::{
    Access, ApiError, CallError, Endpoint, File, ListMaterials, MaterialPage, MaterialType, Transport, call,
};
use wechat_material_testkit::Emulator;
use wechat_material_ureq::UreqTransport;

mod accounts;
mod answers;
mod assets;
mod lists;
mod runtimes;

pub(crate) struct Client {
    emulator: Emulator,
    transport: UreqTransport,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::with_emulator(Emulator::start().unwrap())
    }

    pub(crate) fn with_emulator(emulator: Emulator) -> Self {
        Self { emulator, transport: UreqTransport::new() }
    }

    pub(crate) fn send(&self, method: &str, path: &str, content_type: &str, body: &str) -> Response<Vec<u8>> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.emulator.base_url()))
            .header("content-type", content_type)
            .body(body.as_bytes().to_vec())
            .unwrap();
        self.transport.send(request).unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Value {
        read(&self.send("POST", path, "application/json", body))
    }

    pub(crate) fn get_material(&self, content_type: &str, body: &str) -> Value {
        let path = format!("/cgi-bin/material/get_material?access_token={}", self.emulator.token().expose());
        read(&self.send("POST", &path, content_type, body))
    }

    pub(crate) fn stable_token(&self, force_refresh: bool) -> Value {
        let body = json!({
            "grant_type": "client_credential",
            "appid": Emulator::APP_ID,
            "secret": Emulator::APP_SECRET,
            "force_refresh": force_refresh,
        });
        self.post("/cgi-bin/stable_token", &body.to_string())
    }

    pub(crate) fn classic_token(&self) -> String {
        let path = format!(
            "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
            Emulator::APP_ID,
            Emulator::APP_SECRET
        );
        let token = read(&self.send("GET", &path, "", ""));
        token["access_token"].as_str().unwrap_or_else(|| panic!("{token}")).to_owned()
    }

    pub(crate) fn call<E: Endpoint<Target = Access>>(
        &self,
        endpoint: &E,
    ) -> Result<E::Output<File>, ApiError> {
        self.call_with(&self.emulator.access(), endpoint)
    }

    pub(crate) fn call_with<E: Endpoint<Target = Access>>(
        &self,
        access: &Access,
        endpoint: &E,
    ) -> Result<E::Output<File>, ApiError> {
        match call(endpoint, access, &self.transport) {
            Ok(output) => Ok(output),
            Err(CallError::Api(error)) => Err(error),
            Err(error) => panic!("{error}"),
        }
    }

    /// All pages of a list, with this many items on each.
    pub(crate) fn pages(&self, material_type: MaterialType, count: u64) -> Vec<MaterialPage> {
        let mut pages = Vec::new();
        let mut next = Some(ListMaterials::new(material_type).count(count));
        while let Some(list) = next {
            let page = self.call(&list).unwrap();
            next = list.next_page(&page);
            pages.push(page);
        }
        pages
    }

    pub(crate) fn batchget(&self, content_type: &str, body: &str) -> Response<Vec<u8>> {
        let path =
            format!("/cgi-bin/material/batchget_material?access_token={}", self.emulator.token().expose());
        self.send("POST", &path, content_type, body)
    }

    /// The `errcode` of the answer to a call with this token. It is 0 on success.
    pub(crate) fn code_with(&self, token: &str) -> i64 {
        let path = format!("/cgi-bin/material/get_material?access_token={token}");
        self.post(&path, r#"{"media_id":"NEWS-ONE"}"#)["errcode"].as_i64().unwrap_or(0)
    }
}

pub(crate) fn read(response: &Response<Vec<u8>>) -> Value {
    assert_eq!(response.status(), 200);
    serde_json::from_slice(response.body()).unwrap()
}
