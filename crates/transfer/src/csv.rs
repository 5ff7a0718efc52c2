//! Splits a CSV file into rows (RFC 4180): commas, semicolons or tabs, quoted cells with separators and line breaks, LF or CRLF.

use crate::{
    MOST_ROW_BYTES,
    record::{BadFile, BadRow},
};

/// The cells of a row, and the number of its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells {
    pub(crate) line: usize,
    pub(crate) cells: Vec<String>,
}

/// The rows of a file, from a place on.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    rest: &'a [u8],
    line: usize,
    separator: u8,
}

impl<'a> Rows<'a> {
    /// The rows of a file. The separator is the one that occurs most often in the first line, outside quotes.
    ///
    /// # Errors
    /// A file in UTF-16.
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, BadFile> {
        let rest = text_of(bytes)?;
        Ok(Self { rest, line: 1, separator: separator(rest) })
    }
}

/// The bytes of a text file without its byte order mark.
///
/// # Errors
/// A file in UTF-16.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&[u8], BadFile> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(BadFile("the file is in UTF-16; save it as UTF-8".to_owned()));
    }
    Ok(bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes))
}

fn separator(bytes: &[u8]) -> u8 {
    let (mut commas, mut semicolons, mut tabs, mut quoted) = (0_usize, 0_usize, 0_usize, false);
    for byte in bytes.iter().take(MOST_ROW_BYTES) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && commas + semicolons + tabs > 0 => break,
            b',' if !quoted => commas += 1,
            b';' if !quoted => semicolons += 1,
            b'\t' if !quoted => tabs += 1,
            _ => {}
        }
    }
    match (commas, semicolons, tabs) {
        _ if tabs > commas && tabs > semicolons => b'\t',
        _ if semicolons > commas => b';',
        _ => b',',
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Cells, BadRow>;

    /// The next row that is not blank. After a quote that is not closed there is none.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let line = self.line;
            match self.row() {
                Ok(cells) if cells.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) => {}
                Ok(cells) => return Some(decode(line, cells)),
                Err(sentence) => return Some(Err(BadRow { line, sentence })),
            }
        }
    }
}

impl Rows<'_> {
    fn row(&mut self) -> Result<Vec<Vec<u8>>, String> {
        let (mut cells, mut cell, mut quoted, mut was_quoted) = (Vec::new(), Vec::new(), false, false);
        let (mut place, mut size, mut fault) = (0_usize, 0_usize, None);
        let begun = self.line;
        while let Some(byte) = self.rest.get(place).copied() {
            let next = self.rest.get(place + 1).copied();
            place += 1;
            size += 1;
            if size > MOST_ROW_BYTES && fault.is_none() {
                fault = Some(format!("the row has more than {MOST_ROW_BYTES} bytes"));
            }
            match byte {
                b'"' if quoted && next == Some(b'"') => {
                    place += 1;
                    if fault.is_none() {
                        cell.push(b'"');
                    }
                }
                b'"' if quoted => (quoted, was_quoted) = (false, true),
                b'"' if cell.is_empty() && !was_quoted => quoted = true,
                b'"' => {
                    let sentence = "a quote is inside a cell; quote the whole cell, and double the quote";
                    fault = fault.or_else(|| Some(sentence.to_owned()));
                }
                b'\n' if quoted => {
                    self.line += 1;
                    if fault.is_none() {
                        cell.push(byte);
                    }
                }
                b'\n' | b'\r' if !quoted => {
                    if byte == b'\r' && next == Some(b'\n') {
                        place += 1;
                    }
                    self.line += 1;
                    self.rest = self.rest.get(place..).unwrap_or_default();
                    cells.push(cell);
                    return fault.map_or(Ok(cells), Err);
                }
                byte if byte == self.separator && !quoted => {
                    cells.push(std::mem::take(&mut cell));
                    was_quoted = false;
                }
                byte if was_quoted && !byte.is_ascii_whitespace() => {
                    fault = fault.or_else(|| Some("a cell goes on after its closing quote".to_owned()));
                }
                _ if was_quoted || fault.is_some() => {}
                byte => cell.push(byte),
            }
        }
        self.rest = &[];
        if quoted {
            return Err(format!("the quote that is open in the row of line {begun} is never closed"));
        }
        cells.push(cell);
        fault.map_or(Ok(cells), Err)
    }
}

fn decode(line: usize, cells: Vec<Vec<u8>>) -> Result<Cells, BadRow> {
    let mut texts = Vec::with_capacity(cells.len());
    for (place, cell) in cells.into_iter().enumerate() {
        match String::from_utf8(cell) {
            Ok(text) if text.contains('\0') => {
                let sentence = format!("cell {} has a NUL character; remove it", place + 1);
                return Err(BadRow { line, sentence });
            }
            Ok(text) => texts.push(text.trim().to_owned()),
            Err(_) => {
                let sentence = format!("cell {} is not UTF-8; save the file as UTF-8", place + 1);
                return Err(BadRow { line, sentence });
            }
        }
    }
    Ok(Cells { line, cells: texts })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = Result<(usize, Vec<String>), (usize, String)>;

    fn rows(bytes: &[u8]) -> Vec<Row> {
        let row = |row: Result<Cells, BadRow>| match row {
            Ok(row) => Ok((row.line, row.cells)),
            Err(bad) => Err((bad.line, bad.sentence)),
        };
        Rows::of(bytes).unwrap().map(row).collect()
    }

    fn good(bytes: &[u8]) -> Vec<(usize, Vec<String>)> {
        rows(bytes).into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn separators_line_ends_and_quotes_are_understood() {
        let expected = vec![
            (1, vec!["a".to_owned(), "b".to_owned()]),
            (2, vec!["1".to_owned(), "x, \"y\";\r\nz".to_owned()]),
            (5, vec!["2".to_owned(), String::new()]),
        ];
        for separator in [",", ";", "\t"] {
            for end in ["\n", "\r\n"] {
                for mark in ["", "\u{feff}"] {
                    let text = format!(
                        "{mark}a{separator}b{end}1{separator}\"x, \"\"y\"\";\r\nz\"{end}{end}2{separator}{end}"
                    );
                    assert_eq!(good(text.as_bytes()), expected, "{text:?}");
                }
            }
        }
        assert_eq!(good(b"a,b\r1,2\r").len(), 2);
        assert_eq!(good(b"a,b\n1,2")[1].1, ["1", "2"]);
        // A header with one column has no separator.
        assert_eq!(good(b"userName\nada\n").len(), 2);
    }

    #[test]
    fn a_broken_row_has_its_own_message() {
        let read = rows(b"a,b\n1,\xff\n2,ok\n3,\"x\"y\n4,x\"y\n5,\0\n6,ok\n7,\"open\n8,lost\n");
        let lines: Vec<usize> =
            read.iter().map(|row| row.as_ref().map_or_else(|bad| bad.0, |row| row.0)).collect();
        assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7, 8]);
        let bad: Vec<bool> = read.iter().map(Result::is_err).collect();
        assert_eq!(bad, [false, true, false, true, true, true, false, true]);
        assert!(read[1].as_ref().unwrap_err().1.contains("UTF-8"));
        assert!(read[7].as_ref().unwrap_err().1.contains("never closed"));
    }

    #[test]
    fn a_gigantic_row_is_refused_and_the_next_is_read() {
        let text = format!("a,b\n1,{}\n2,ok\n", "x".repeat(MOST_ROW_BYTES));
        let read = rows(text.as_bytes());
        assert!(read[1].as_ref().unwrap_err().1.contains("bytes"));
        assert_eq!(read[2].as_ref().unwrap().0, 3);
        assert!(Rows::of(&[0xff, 0xfe, b'a', 0]).is_err());
    }
}
