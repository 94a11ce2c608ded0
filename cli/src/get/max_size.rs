//! Numbers of bytes as people write them.

/// `1048576`, `1024K`, `1M` or `1MiB`.
pub(super) fn parse(text: &str) -> Result<u64, &'static str> {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let unit: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return Err("give a number of bytes, or one followed by K, M or G"),
    };
    let number: u64 = digits.parse().map_err(|_| "give a whole number, such as 32M")?;
    number.checked_mul(unit).filter(|bytes| *bytes > 0).ok_or("give at least 1 byte, and less than 16 EiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        for (text, bytes) in [
            ("1", 1),
            ("1048576", 1 << 20),
            ("32M", 32 << 20),
            ("4k", 4096),
            ("1G", 1 << 30),
            ("2GiB", 2 << 30),
            ("7b", 7),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "0", "0K", "-1", "1.5G", "1T", "1 M", "18446744073709551615K", "１M"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
