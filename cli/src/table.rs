//! Text in columns.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::printable::padded;

/// Rows under their titles. Every text is on one line, and fit for a terminal.
pub(crate) struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
    /// The columns whose values end below each other.
    numbers: &'static [usize],
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    pub(crate) fn new(titles: [&str; COLUMNS]) -> Self {
        Self { rows: vec![titles.map(str::to_owned)], numbers: &[] }
    }

    /// With numbers in these columns, counted from 0.
    pub(crate) fn numbers(self, columns: &'static [usize]) -> Self {
        Self { numbers: columns, ..self }
    }

    pub(crate) fn push(&mut self, row: [String; COLUMNS]) {
        self.rows.push(row);
    }
}

impl<const COLUMNS: usize> fmt::Display for Table<COLUMNS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths = [0; COLUMNS];
        for row in &self.rows {
            for (width, text) in widths.iter_mut().zip(row) {
                *width = text.width().max(*width);
            }
        }
        for (index, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, text) in row.iter().enumerate() {
                let room = widths[column];
                line.push_str("  ");
                if self.numbers.contains(&column) {
                    line.push_str(&" ".repeat(room - text.width()));
                    line.push_str(text);
                } else {
                    line.push_str(&padded(text, room));
                }
            }
            writeln!(f, "{}", line.trim_end())?;
            if index == 0 {
                writeln!(f, "  {}", widths.map(|width| "─".repeat(width)).join("  "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_whatever_is_in_them() {
        let mut table = Table::new(["kind", "size", "type", "name"]).numbers(&[1]);
        table.push(["图片", "12,345", "image/jpeg", "绿与蓝.jpg"].map(str::to_owned));
        table.push(["voice", "7", "", "a.amr"].map(str::to_owned));
        let drawn = table.to_string();
        assert_eq!(
            drawn.lines().collect::<Vec<_>>(),
            [
                "  kind     size  type        name",
                "  ─────  ──────  ──────────  ──────────",
                "  图片   12,345  image/jpeg  绿与蓝.jpg",
                "  voice       7              a.amr",
            ]
        );
    }
}
