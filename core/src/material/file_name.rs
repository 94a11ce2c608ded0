//! Makes file names from the network safe on every operating system.

/// The length of the longest name that common file systems accept, in bytes.
const MAX_LENGTH: usize = 255;

/// The part after the last dot, if it can be an extension: up to ten letters and digits.
pub(super) fn extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    let is_one = !stem.is_empty()
        && (1..=10).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_one.then_some(extension)
}

/// A safe form of `name`; `None` if nothing of it can be used.
///
/// An extension that is in `right` stays. A missing or wrong extension is replaced by `usual`.
pub(super) fn safe(name: &str, right: &[&str], usual: Option<&str>) -> Option<String> {
    let is_separator = |char| matches!(char, '/' | '\\');
    let name = name.rsplit(is_separator).find(|part| !part.trim_matches(is_margin).is_empty())?;
    let name: String = name
        .chars()
        .filter(|char| !is_unseen(*char))
        .map(|char| if is_reserved(char) { '_' } else { char })
        .collect();
    let name = name.trim_matches(is_margin);
    if name.is_empty() {
        return None;
    }
    let (stem, extension) = match (extension(name), usual) {
        (Some(own), _) if right.is_empty() || right.iter().any(|right| right.eq_ignore_ascii_case(own)) => {
            (&name[..name.len() - own.len() - 1], Some(own))
        }
        (Some(wrong), Some(_)) if looks_like_a_type(wrong) => (&name[..name.len() - wrong.len() - 1], usual),
        _ => (name, usual),
    };
    let room = MAX_LENGTH - extension.map_or(0, |extension| 1 + extension.len());
    let within = |room| shortened(stem, room).trim_end_matches(is_margin);
    // Shortening can make a device name, as of `CON` followed by many spaces and other characters.
    let stem =
        if is_device(within(room)) { format!("_{}", within(room - 1)) } else { within(room).to_owned() };
    Some(match extension {
        Some(extension) => format!("{stem}.{extension}"),
        None => stem,
    })
}

/// Dots and spaces. A leading dot hides a file, and Windows drops both at the end.
fn is_margin(char: char) -> bool {
    char == '.' || char.is_whitespace()
}

/// Control characters, invisible characters, and those that change the direction of the text.
fn is_unseen(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

/// Characters that Windows does not allow in names. The colon separated folders on classic Mac OS.
fn is_reserved(char: char) -> bool {
    matches!(char, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Whether an extension is short and has a letter, like `txt`, `html` and `mp4`. The ends of `v1.2 final` and `3.14` do
/// not, so they are not replaced.
fn looks_like_a_type(extension: &str) -> bool {
    extension.len() <= 4 && extension.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether Windows reserves a name for a device. The part after the first dot does not matter.
fn is_device(stem: &str) -> bool {
    let name = stem.split('.').next().unwrap_or_default().trim_end();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
        .iter()
        .any(|device| device.eq_ignore_ascii_case(name))
    {
        return true;
    }
    let Some((port, number)) = name.char_indices().nth(3).map(|(at, _)| name.split_at(at)) else {
        return false;
    };
    ["COM", "LPT"].iter().any(|device| device.eq_ignore_ascii_case(port))
        && matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
}

/// The longest beginning of a text that fits into `room` bytes.
fn shortened(text: &str, room: usize) -> &str {
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &[&str] = &["jpg", "jpeg"];

    fn jpeg(name: &str) -> Option<String> {
        safe(name, JPEG, Some("jpg"))
    }

    fn unknown(name: &str) -> Option<String> {
        safe(name, &[], None)
    }

    #[test]
    fn the_right_extension_stays_and_a_wrong_one_is_replaced() {
        for (name, safe) in [
            ("1.jpg", "1.jpg"),
            ("1.JPEG", "1.JPEG"),
            ("CropImage", "CropImage.jpg"),
            ("1.png", "1.jpg"),
            ("evil.exe", "evil.jpg"),
            ("v1.2", "v1.2.jpg"),
            ("Dr. Who", "Dr. Who.jpg"),
            ("照片.html", "照片.jpg"),
        ] {
            assert_eq!(jpeg(name).as_deref(), Some(safe), "{name}");
        }
        assert_eq!(unknown("1.jpg").as_deref(), Some("1.jpg"));
        assert_eq!(unknown("测试.xlsx").as_deref(), Some("测试.xlsx"));
    }

    #[test]
    fn harmful_parts_are_removed() {
        for (name, safe) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\photos\\cat.jpg", "cat.jpg"),
            ("photos/", "photos"),
            (".hidden", "hidden"),
            (". . a . .", "a"),
            ("a\0b\u{1B}[2J\nc", "ab[2Jc"),
            ("gpj.\u{202E}exe", "gpj.exe"),
            ("a<b>:\"|?*", "a_b______"),
            ("file:stream", "file_stream"),
            ("con", "_con"),
            ("NUL.tar.gz", "_NUL.tar.gz"),
            ("com¹ .txt", "_com¹.txt"),
            ("COM10.txt", "COM10.txt"),
            ("console", "console"),
        ] {
            assert_eq!(unknown(name).as_deref(), Some(safe), "{name}");
        }
        for nothing in ["", ".", "..", "../..", "///", " . ", "\0", "\u{202E}", "\u{3000}", "\u{3164}"] {
            assert_eq!(unknown(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn long_names_are_cut_between_characters_and_keep_their_extension() {
        let name = jpeg(&("题".repeat(200) + ".png")).unwrap();
        assert_eq!((name.len(), name.ends_with("题.jpg")), (253, true));
        assert_eq!(unknown(&"a".repeat(300)).unwrap().len(), MAX_LENGTH);
    }

    #[test]
    fn a_name_does_not_become_a_device_when_it_is_shortened() {
        for end in [".jpg", "x.jpg", "x", ".x", "."] {
            let name = format!("con{}{end}", " ".repeat(300));
            assert_eq!(jpeg(&name).unwrap(), "_con.jpg", "{end}");
        }
        assert_eq!(unknown(&format!("nul{}x", "\u{A0}".repeat(300))).unwrap(), "_nul");
        let name = unknown(&format!("nul.{}", "a".repeat(300))).unwrap();
        assert_eq!((name.len(), name.starts_with("_nul.aaa")), (MAX_LENGTH, true));
    }

    #[test]
    fn an_extension_is_short_and_plain() {
        for (name, own) in
            [("a.jpg", Some("jpg")), ("a.", None), (".jpg", None), ("a.b c", None), ("a.照片", None)]
        {
            assert_eq!(extension(name), own, "{name}");
        }
    }
}
