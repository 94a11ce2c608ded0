//! Seconds since 1970 as a date and a time of day.

/// `2023-05-18 06:41`, in UTC; `None` beyond the years of four digits.
pub(super) fn format(seconds: i64) -> Option<String> {
    const A_DAY: i64 = 24 * 60 * 60;
    let (day, minute) = (seconds.div_euclid(A_DAY), seconds.rem_euclid(A_DAY) / 60);
    let (year, month, day) = civil(day)?;
    Some(format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minute / 60, minute % 60))
}

/// Year, month and day of a day that is counted from 1970-01-01, by the Gregorian calendar.
fn civil(day: i64) -> Option<(i64, i64, i64)> {
    const YEARS_400: i64 = 146_097;
    // Counted from 0000-03-01, so that a leap day ends its year.
    let day = day.checked_add(719_468)?;
    let (era, day) = (day.div_euclid(YEARS_400), day.rem_euclid(YEARS_400));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Five months, from March and from August, are 153 days.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    let year = era * 400 + year;
    (0..=9999).contains(&year).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_dates() {
        for (seconds, date) in [
            (0, "1970-01-01 00:00"),
            (-1, "1969-12-31 23:59"),
            (1_684_392_119, "2023-05-18 06:41"),
            (1_709_164_799, "2024-02-28 23:59"),
            (1_709_164_800, "2024-02-29 00:00"),
            (1_709_251_200, "2024-03-01 00:00"),
            (951_782_400, "2000-02-29 00:00"),
            (4_107_542_400, "2100-03-01 00:00"),
            (-62_167_219_200, "0000-01-01 00:00"),
            (253_402_300_799, "9999-12-31 23:59"),
        ] {
            assert_eq!(format(seconds).as_deref(), Some(date), "{seconds}");
        }
        for seconds in [i64::MIN, -62_167_219_201, 253_402_300_800, i64::MAX] {
            assert_eq!(format(seconds), None, "{seconds}");
        }
    }

    #[test]
    fn every_day_follows_on_the_one_before() {
        let mut before = civil(-719_528).unwrap();
        assert_eq!(before, (0, 1, 1));
        for day in -719_527..2_932_897 {
            let date @ (year, month, day_of_month) = civil(day).unwrap();
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let follows = match before {
                (y, m, d) if m == month => y == year && d + 1 == day_of_month,
                (y, 12, 31) => date == (y + 1, 1, 1),
                (y, 2, d) => date == (y, 3, 1) && d == 28 + i64::from(is_leap),
                (y, m, d) => date == (y, m + 1, 1) && d == 30 + i64::from([1, 3, 5, 7, 8, 10].contains(&m)),
            };
            assert!(follows, "{before:?} {date:?}");
            before = date;
        }
        assert_eq!(before, (9999, 12, 31));
    }
}
