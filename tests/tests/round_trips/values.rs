//! Generates values of the types that answers are read into.

use super::*;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Into::into),
            vec((any::<String>(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A map of fields with any names, including known ones. It may be empty.
fn extra() -> impl Strategy<Value = Map<String, Value>> {
    let name = prop_oneof![any::<String>(), Just("extra".to_owned()), Just("title".to_owned())];
    vec((name, json()), 0..3).prop_map(|fields| fields.into_iter().collect())
}

fn texts<const N: usize>() -> impl Strategy<Value = [String; N]> {
    vec(any::<String>(), N).prop_map(|texts| texts.try_into().expect("the length is N"))
}

fn time() -> impl Strategy<Value = Option<i64>> {
    option::of(any::<i64>())
}

fn article() -> impl Strategy<Value = Article> {
    (texts::<8>(), any::<[bool; 3]>(), extra()).prop_map(|(texts, flags, extra)| {
        let mut article = Article::default();
        [
            article.title,
            article.thumb_media_id,
            article.thumb_url,
            article.author,
            article.digest,
            article.content,
            article.url,
            article.content_source_url,
        ] = texts;
        [article.show_cover_pic, article.need_open_comment, article.only_fans_can_comment] = flags;
        article.extra = extra;
        article
    })
}

pub(super) fn news() -> impl Strategy<Value = News> {
    (vec(article(), 0..3), time(), time(), extra()).prop_map(|(articles, created, updated, extra)| {
        let mut news = News::default();
        (news.articles, news.create_time, news.update_time, news.extra) = (articles, created, updated, extra);
        news
    })
}

pub(super) fn video() -> impl Strategy<Value = Video> {
    (texts::<7>(), vec(any::<String>(), 0..3), extra()).prop_map(|(texts, tags, extra)| {
        let mut video = Video::default();
        [
            video.title,
            video.description,
            video.down_url,
            video.newcat,
            video.newsubcat,
            video.cover_url,
            video.vid,
        ] = texts;
        (video.tags, video.extra) = (tags, extra);
        video
    })
}

pub(super) fn item() -> impl Strategy<Value = MaterialItem> {
    let articles = option::of(news());
    (texts::<3>(), time(), vec(any::<String>(), 0..3), articles, extra()).prop_map(
        |(texts, updated, tags, content, extra)| {
            let mut item = MaterialItem::default();
            [item.media_id, item.name, item.url] = texts;
            (item.update_time, item.tags, item.content, item.extra) = (updated, tags, content, extra);
            item
        },
    )
}

pub(super) fn page() -> impl Strategy<Value = MaterialPage> {
    (any::<[u64; 2]>(), vec(item(), 0..3), extra()).prop_map(|(counts, items, extra)| {
        let mut page = MaterialPage::default();
        [page.total_count, page.item_count] = counts;
        (page.items, page.extra) = (items, extra);
        page
    })
}

pub(super) fn counts() -> impl Strategy<Value = MaterialCounts> {
    (any::<[u64; 4]>(), extra()).prop_map(|(numbers, extra)| {
        let mut counts = MaterialCounts::default();
        [counts.voice, counts.video, counts.image, counts.news] = numbers;
        counts.extra = extra;
        counts
    })
}

/// The file information of a response with any headers, for any media id.
pub(super) fn file_info() -> impl Strategy<Value = FileInfo> {
    let value =
        || vec(any::<u8>().prop_filter("allowed in a header", |byte| *byte >= 0x20 && *byte != 0x7F), 0..30);
    let body = prop_oneof![
        vec(any::<u8>(), 1..20),
        Just(b"\xFF\xD8\xFF\xE0".to_vec()),
        Just(b"#!AMR\n".to_vec()),
        Just(b"\0\0\0\x20ftypisom\0\0\x02\0".to_vec()),
    ];
    (value(), value(), body, any::<String>()).prop_map(|(content_type, name, body, media_id)| {
        let disposition = [b"attachment; filename=", &name[..]].concat();
        let response = Response::builder()
            .header("content-type", content_type)
            .header("content-disposition", disposition)
            .body(body)
            .unwrap();
        match GetMaterial::new(media_id).parse(response).unwrap() {
            Material::File(file) => file.info,
            _ => unreachable!("an attachment is a file"),
        }
    })
}
