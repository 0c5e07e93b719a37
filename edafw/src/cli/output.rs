//! What commands print: one document for programs, or text for people.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::SystemTime;

use edafw_core::{Error, ErrorKind, to_millis};
use serde::Serialize;

/// Where a command's report goes, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether the report is for programs.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints the report: as JSON under stable field names, or as its `Display` has it.
    pub(crate) fn print<R: Serialize + Display>(self, report: &R) {
        let text = if self.json {
            serde_json::to_string_pretty(report).expect("reports are text, numbers and lists")
        } else {
            report.to_string()
        };
        write_out(text.trim_end());
    }

    /// Prints why there is no report.
    pub(crate) fn print_error(self, error: &Error) {
        if self.json {
            let document = serde_json::json!({
                "error": { "kind": kind_name(error.kind()), "message": error.chain() }
            });
            write_out(&format!("{document:#}"));
        } else {
            let _ = writeln!(std::io::stderr(), "error: {}", error.chain());
        }
    }
}

/// Says on a terminal how far long work has come.
pub(crate) fn progress(line: impl Display) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let _ = writeln!(stderr, "{line}");
    }
}

/// A reader that has gone away, as `head` does, is no failure of the command.
fn write_out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{text}");
    let _ = stdout.flush();
}

fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Configuration => "configuration",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Schema => "schema",
        ErrorKind::Transport => "transport",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Payload => "payload",
        _ => "failed",
    }
}

/// A time as RFC 3339 in UTC with milliseconds.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let timestamp = jiff::Timestamp::from_millisecond(to_millis(time)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{timestamp:.3}")
}

/// Lines of cells under a heading, each column as wide as its widest cell.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        for row in &self.rows {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "  {}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}
