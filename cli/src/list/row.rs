//! An asset on one line of a table.

use wechat_material::MaterialItem;

use super::date;
use crate::printable::{printable, shortened};

pub(super) const TITLES: [&str; 4] = ["media id", "changed (UTC)", "name", "url"];

/// Columns of a name or title that are shown.
const MAX_NAME: usize = 40;

pub(super) fn cells(item: &MaterialItem) -> [String; 4] {
    [printable(&item.media_id), changed(item), name(item), printable(url(item))]
}

/// When it was changed: `2023-05-18 06:41`.
pub(crate) fn changed(item: &MaterialItem) -> String {
    item.update_time.and_then(date::format).unwrap_or_default()
}

/// Its name; for articles the title of the first one, and how many others there are.
pub(crate) fn name(item: &MaterialItem) -> String {
    match item.content.as_ref().map(|news| news.articles.as_slice()) {
        Some([article]) => shortened(&article.title, MAX_NAME),
        Some([article, others @ ..]) => {
            format!("{} +{}", shortened(&article.title, MAX_NAME), others.len())
        }
        Some([]) | None => shortened(&item.name, MAX_NAME),
    }
}

fn url(item: &MaterialItem) -> &str {
    match item.content.as_ref().and_then(|news| news.articles.first()) {
        Some(article) => &article.url,
        None => &item.url,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wechat_material::{Endpoint, ListMaterials, MaterialType, http::Response};

    use super::*;

    fn rows(items: &serde_json::Value) -> Vec<[String; 4]> {
        let body = json!({ "item": items }).to_string().into_bytes();
        let page = ListMaterials::new(MaterialType::News).parse(Response::new(body)).unwrap();
        page.items.iter().map(cells).collect()
    }

    #[test]
    fn articles_are_named_by_the_first_of_them() {
        let article = |title: &str| json!({ "title": title, "url": format!("http://a.example/{title}") });
        let news = |titles: &[&str]| {
            let articles: Vec<_> = titles.iter().map(|title| article(title)).collect();
            json!({ "media_id": "id", "update_time": 0, "content": { "news_item": articles } })
        };
        let row = |name: &str, url: &str| ["id", "1970-01-01 00:00", name, url].map(str::to_owned);
        assert_eq!(
            rows(&json!([news(&["一碗面"]), news(&["一碗面", "2", "3"]), news(&[])])),
            [
                row("一碗面", "http://a.example/一碗面"),
                row("一碗面 +2", "http://a.example/一碗面"),
                row("", "")
            ]
        );
    }

    #[test]
    fn what_is_missing_is_blank_and_control_characters_are_replaced() {
        let bare = json!({ "media_id": "\u{1B}[2J", "name": "码".repeat(30), "url": "http://a/\r" });
        let [row] = &rows(&json!([bare]))[..] else { panic!("one row") };
        assert_eq!(row, &["␛[2J", "", &format!("{}…", "码".repeat(20)), "http://a/␍"].map(str::to_owned));
    }
}
