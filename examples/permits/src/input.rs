//! Reading the log: a CSV file whose rows are steps of cases.

use std::collections::BTreeMap;
use std::path::Path;

use csv::ByteRecord;
use jiff::Timestamp;
use uuid::Uuid;

use crate::case::Step;

/// The log that is taken where no other is named.
pub const SAMPLE: &str = include_str!("../data/sample.csv");

/// What every log has; further columns become attributes of the step.
const REQUIRED: [&str; 4] = ["case", "activity", "resource", "timestamp"];

/// What the ids of rows are made in, beside their content.
const ROWS: Uuid = Uuid::from_u128(0x8d6b_2f0e_3f5c_4f57_9d51_0b6a_1f4b_7c21);

/// A log whose header has been understood.
#[derive(Debug)]
pub struct Input {
    text: Vec<u8>,
    header: Vec<String>,
    /// Where the rows begin.
    start: usize,
}

/// A row of a log.
#[derive(Debug)]
pub struct Row {
    /// The line that it begins on, counted from 1.
    pub line: u64,
    /// How many bytes of the log end with it.
    pub end: u64,
    /// The step, or why the row is none.
    pub step: Result<Step, String>,
}

/// Why a log cannot be taken at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file cannot be read.
    #[error("{file}: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// There is no header with the required columns.
    #[error(
        "{file}: {problem}; the first line names the columns: `case,activity,resource,timestamp` and any others"
    )]
    Header {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Input {
    /// The bundled sample.
    ///
    /// # Errors
    /// None, as the tests show; the signature is that of [`open`](Self::open).
    pub fn sample() -> Result<Self, InputError> {
        Self::parse("the bundled sample", SAMPLE.into())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or has no header with the required columns.
    pub fn open(file: &Path) -> Result<Self, InputError> {
        let name = file.display().to_string();
        match std::fs::read(file) {
            Ok(text) => Self::parse(&name, text),
            Err(error) => Err(InputError::Unreadable { file: name, error }),
        }
    }

    fn parse(file: &str, text: Vec<u8>) -> Result<Self, InputError> {
        let wrong = |problem| InputError::Header { file: file.to_owned(), problem };
        let first = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut records = Records::new(&text, first);
        let Some((_, record)) = records.next() else { return Err(wrong("it is empty".to_owned())) };
        let header: Vec<String> =
            record.iter().map(|column| String::from_utf8_lossy(column).into_owned()).collect();
        let start = records.end();
        let missing: Vec<String> = REQUIRED
            .iter()
            .filter(|column| !header.iter().any(|one| one == *column))
            .map(|column| format!("`{column}`"))
            .collect();
        match &missing[..] {
            [] => {}
            [one] => return Err(wrong(format!("the column {one} is missing"))),
            several => return Err(wrong(format!("the columns {} are missing", several.join(", ")))),
        }
        if let Some(twice) =
            header.iter().enumerate().find_map(|(n, one)| header[..n].contains(one).then_some(one))
        {
            return Err(wrong(format!("the column `{twice}` is there twice")));
        }
        Ok(Self { text, header, start })
    }

    /// How many bytes the log has.
    pub fn size(&self) -> u64 {
        self.text.len() as u64
    }

    /// The rows, in the order of the log.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let mut records = Records::new(&self.text, self.start);
        std::iter::from_fn(move || {
            let (span, record) = records.next()?;
            let mut step = self.step(&record);
            if let Err(reason) = &mut step
                && records.resume_on_next_line(span.start)
            {
                reason.push_str("; it begins a quoted field that goes on over the end of the line");
            }
            Some(Row { line: records.line_of(span.start), end: records.end() as u64, step })
        })
    }

    fn step(&self, record: &ByteRecord) -> Result<Step, String> {
        if record.len() != self.header.len() {
            return Err(format!("has {}, the header has {}", fields(record.len()), self.header.len()));
        }
        let mut columns = BTreeMap::new();
        for (name, value) in self.header.iter().zip(record) {
            let value = str::from_utf8(value).map_err(|_| format!("`{name}` is not UTF-8"))?;
            columns.insert(name.clone(), value.to_owned());
        }
        let content = serde_json::to_vec(&columns).map_err(|error| error.to_string())?;
        let content_id = Uuid::new_v5(&ROWS, &content);
        let [case_id, activity, resource, at] = REQUIRED.map(|name| columns.remove(name).unwrap_or_default());
        for (name, value) in [("case", &case_id), ("activity", &activity)] {
            if value.trim().is_empty() {
                return Err(format!("`{name}` is empty"));
            }
        }
        let instant = instant(&at).ok_or_else(|| {
            format!("`timestamp` is `{at}`, not RFC 3339 such as 2024-05-06T10:30:00+02:00")
        })?;
        Ok(Step { case_id, activity, resource, at, instant, attributes: columns, content_id })
    }
}

fn fields(count: usize) -> String {
    if count == 1 { "1 field".to_owned() } else { format!("{count} fields") }
}

/// Reads RFC 3339. The parser takes more than that, so the shape is looked at first.
fn instant(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let shape = |from: &[u8], shape: &[u8]| {
        from.len() == shape.len()
            && from.iter().zip(shape).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                _ => byte.eq_ignore_ascii_case(wanted),
            })
    };
    let (date_and_time, rest) = bytes.split_at_checked("2024-05-06T10:30:00".len())?;
    let fraction = match rest.first() {
        Some(b'.') => 1 + rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let offset = &rest[fraction..];
    let is_rfc_3339 = shape(date_and_time, b"0000-00-00T00:00:00")
        && fraction != 1
        && (shape(offset, b"Z") || shape(offset, b"+00:00") || shape(offset, b"-00:00"));
    if is_rfc_3339 { text.parse().ok() } else { None }
}

/// CSV records with the place that they come from.
struct Records<'a> {
    text: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    /// Where the reader began.
    base: usize,
    /// A place, and the number of its line.
    counted: (usize, u64),
}

impl<'a> Records<'a> {
    fn new(text: &'a [u8], from: usize) -> Self {
        Self { text, reader: reader(text, from), base: from, counted: (0, 1) }
    }

    /// The next record, and the bytes that it takes.
    fn next(&mut self) -> Option<(std::ops::Range<usize>, ByteRecord)> {
        let mut start = self.end();
        let mut record = ByteRecord::new();
        // Empty lines belong to no record, and neither does what is left of a line's end.
        while matches!(self.text.get(start), Some(b'\r' | b'\n')) {
            start += 1;
        }
        // Reading from memory does not fail, and records of any length are taken.
        let found = self.reader.read_byte_record(&mut record).unwrap_or(false);
        found.then(|| (start..self.end(), record))
    }

    /// Where the last record ended.
    fn end(&self) -> usize {
        self.base + self.reader.position().byte() as usize
    }

    /// Goes on with the line after `place`, if the last record went beyond it: a stray quote must not take the
    /// rows after it along.
    fn resume_on_next_line(&mut self, place: usize) -> bool {
        let record = &self.text[place..self.end()];
        let length = record.trim_ascii_end().iter().position(|&byte| byte == b'\n');
        if let Some(length) = length {
            self.base = place + length + 1;
            self.reader = reader(self.text, self.base);
        }
        length.is_some()
    }

    /// The number of the line that holds `place`; places come in rising order.
    fn line_of(&mut self, place: usize) -> u64 {
        let (from, line) = self.counted;
        let ends = self.text[from..place].split(|&byte| byte == b'\n').count() - 1;
        self.counted = (place, line + ends as u64);
        self.counted.1
    }
}

fn reader(text: &[u8], from: usize) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&text[from..])
}

#[cfg(test)]
mod tests;
