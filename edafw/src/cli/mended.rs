//! What became of things that a command mended one by one.

use std::fmt::{Display, Formatter};

use serde::Serialize;

use super::exit::Exit;

/// What became of one of them.
#[derive(Serialize)]
pub(super) struct Outcome<I> {
    id: I,
    /// One word, such as `handled`.
    #[serde(rename = "outcome")]
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl<I> Outcome<I> {
    pub(super) fn done(id: I, outcome: &'static str) -> Self {
        Self { id, what: outcome, error: None }
    }

    pub(super) fn failed(id: I, error: String) -> Self {
        Self { id, what: "failed", error: Some(error) }
    }

    pub(super) fn not_found(id: I) -> Self {
        Self { id, what: "not_found", error: None }
    }
}

/// What became of all of them.
#[derive(Serialize)]
pub(super) struct Mended<I> {
    results: Vec<Outcome<I>>,
    done: usize,
    failed: usize,
    not_found: usize,
    #[serde(skip)]
    names: [&'static str; 2],
}

impl<I> Mended<I> {
    /// The name of one of them, and of several.
    pub(super) fn new(one: &'static str, several: &'static str) -> Self {
        Self { results: Vec::new(), done: 0, failed: 0, not_found: 0, names: [one, several] }
    }

    pub(super) fn push(&mut self, outcome: Outcome<I>) {
        match outcome.what {
            "failed" => self.failed += 1,
            "not_found" => self.not_found += 1,
            _ => self.done += 1,
        }
        self.results.push(outcome);
    }

    pub(super) fn len(&self) -> usize {
        self.results.len()
    }

    pub(super) fn exit(&self) -> Exit {
        match (self.failed, self.not_found) {
            (0, 0) => Exit::Done,
            (0, _) => Exit::NotFound,
            _ => Exit::Failed,
        }
    }
}

impl<I: Display> Display for Mended<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let [one, several] = self.names;
        if self.results.is_empty() {
            return writeln!(f, "no {several}");
        }
        for Outcome { id, what, error } in &self.results {
            let what = what.replace('_', " ");
            match error {
                Some(error) => writeln!(f, "{one} {id}: {what}: {error}")?,
                None => writeln!(f, "{one} {id}: {what}")?,
            }
        }
        Ok(())
    }
}
