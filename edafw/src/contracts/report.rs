//! The contracts of a service beside the files that were accepted.

use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::path::{Path, PathBuf};

use edafw_core::{Backend, Error, ErrorKind, Result};

use super::change::{Change, Changes, Finding};
use super::compare::compare;
use super::contract::Contract;
use super::directory::{self, Accepted, Contracts};
use super::rule::Rule;
use crate::AppBuilder;
use crate::app::Registry;
use crate::cli::Application;

/// What became of every contract of a service since it was accepted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The service.
    pub service: String,
    /// Where the accepted files are.
    pub directory: PathBuf,
    /// By name and version.
    pub contracts: Vec<Checked>,
}

/// What became of one contract.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// In one word.
    pub status: Status,
    /// What breaks it, by field.
    pub findings: Vec<Finding>,
    /// What has changed and breaks nothing.
    pub changes: Vec<Change>,
}

/// A contract's state in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It is as it was accepted.
    Kept,
    /// It has no file yet.
    New,
    /// It has changed, and its readers can follow.
    Changed,
    /// Its readers cannot follow.
    Broken,
}

/// Compares the contracts that the application declares with the files in `directory`.
///
/// `app` is what the service's function answers that `edafw::worker!` names; nothing is connected. See
/// [`Report::assert_accepted`] for a test.
///
/// # Errors
/// The application cannot be described, the directory does not exist although the service gives contracts, or a
/// file in it is not one of a contract.
pub fn check<A: Application>(app: A, directory: impl AsRef<Path>) -> Result<Report> {
    check_builder(&app.into_builder()?, directory.as_ref())
}

/// [`check`] of a builder.
pub(crate) fn check_builder<B: Backend>(app: &AppBuilder<B>, directory: &Path) -> Result<Report> {
    let registry = app.registry();
    let declared = declared(&registry)?;
    let accepted = directory::read(directory)?;
    if accepted.is_none() && !declared.is_empty() {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!(
                "there is no directory `{}`; `contract accept` makes it, or name another one",
                directory.display()
            ),
        ));
    }
    Ok(Report::of(registry.service, directory, &declared, &accepted.unwrap_or_default()))
}

/// Writes the files of all contracts, unless one is broken; with `breaking` also then, and the files of contracts that
/// are gone are removed. Answers what had changed.
pub(crate) fn accept<B: Backend>(app: &AppBuilder<B>, directory: &Path, breaking: bool) -> Result<Report> {
    let registry = app.registry();
    let declared = declared(&registry)?;
    let accepted = directory::read(directory)?.unwrap_or_default();
    let report = Report::of(registry.service, directory, &declared, &accepted);
    if !breaking && !report.is_compatible() {
        return Ok(report);
    }
    for contract in &declared {
        let file = accepted.get(&(contract.name.clone(), contract.version));
        if file.is_none_or(|file| file.text != contract.to_text()) {
            directory::write(directory, contract)?;
        }
    }
    for gone in gone(&declared, &accepted) {
        directory::remove(directory, &gone.contract)?;
    }
    Ok(report)
}

/// What the code declares, by name and version.
fn declared(registry: &Registry) -> Result<Vec<Contract>> {
    let contracts: Vec<Contract> = registry.externals.iter().filter_map(Contract::declared).collect();
    for pair in contracts.windows(2) {
        if (&pair[0].name, pair[0].version) == (&pair[1].name, pair[1].version) {
            let title = pair[0].title();
            return Err(Error::configuration(format!("the contract {title} is declared twice")));
        }
    }
    Ok(contracts)
}

fn gone<'a>(declared: &[Contract], accepted: &'a Contracts) -> Vec<&'a Accepted> {
    let declared: BTreeSet<(&str, u32)> =
        declared.iter().map(|one| (one.name.as_str(), one.version)).collect();
    accepted
        .iter()
        .filter(|((name, version), _)| !declared.contains(&(name.as_str(), *version)))
        .map(|(_, accepted)| accepted)
        .collect()
}

impl Report {
    fn of(service: String, directory: &Path, declared: &[Contract], accepted: &Contracts) -> Self {
        let present = declared.iter().map(|contract| {
            let file = accepted.get(&(contract.name.clone(), contract.version));
            Checked::of(contract, file)
        });
        let gone = gone(declared, accepted).into_iter().map(|one| Checked::gone(&one.contract, declared));
        let mut contracts: Vec<Checked> = present.chain(gone).collect();
        contracts.sort_by(|one, other| (&one.name, one.version).cmp(&(&other.name, other.version)));
        Self { service, directory: directory.to_owned(), contracts }
    }

    /// Whether every reader can follow.
    pub fn is_compatible(&self) -> bool {
        self.contracts.iter().all(|one| one.findings.is_empty())
    }

    /// Whether every contract is as it was accepted.
    pub fn is_accepted(&self) -> bool {
        self.contracts.iter().all(|one| one.status == Status::Kept)
    }

    /// Fails a test unless every reader can follow. Changes that are allowed pass.
    ///
    /// # Panics
    /// A contract is broken; the message is what `contract check` prints.
    #[track_caller]
    pub fn assert_compatible(&self) {
        assert!(self.is_compatible(), "{self}");
    }

    /// Fails a test unless every contract is as it was accepted, so that no change goes unseen: what was never accepted is
    /// compared with nothing when it changes again.
    ///
    /// # Panics
    /// A contract is broken, has changed or is new; the message is what `contract check` prints.
    #[track_caller]
    pub fn assert_accepted(&self) {
        assert!(self.is_accepted(), "{self}");
    }
}

impl Checked {
    fn of(contract: &Contract, file: Option<&Accepted>) -> Self {
        let Some(Accepted { contract: accepted, text }) = file else {
            return Self::new(contract, Status::New, Changes::default());
        };
        let mut changes = compare(&accepted.schema, &contract.schema);
        if accepted.source != contract.source {
            let what = format!("`{}` gave it, and `{}` does now", accepted.source, contract.source);
            changes.breaks(Rule::SourceChanged, "", what);
        }
        match (accepted.has_key, contract.has_key) {
            (true, false) => changes.breaks(Rule::KeyRemoved, "", "its events had a key, and have none now"),
            (false, true) => changes.allows("", "its events have a key now"),
            _ => {}
        }
        if changes == Changes::default() && *text != contract.to_text() {
            changes.allows("", "its documentation has changed, or the form of the file");
        }
        let status = match (changes.findings.is_empty(), changes.allowed.is_empty()) {
            (false, _) => Status::Broken,
            (true, false) => Status::Changed,
            (true, true) => Status::Kept,
        };
        Self::new(contract, status, changes)
    }

    fn gone(contract: &Contract, declared: &[Contract]) -> Self {
        let mut changes = Changes::default();
        let others: Vec<String> = declared
            .iter()
            .filter(|one| one.name == contract.name)
            .map(|one| one.version.to_string())
            .collect();
        let what = if others.is_empty() {
            "no external event of this name is declared".to_owned()
        } else {
            format!("only version {} of this name is declared", others.join(" and "))
        };
        changes.breaks(Rule::ContractRemoved, "", what);
        Self::new(contract, Status::Broken, changes)
    }

    fn new(contract: &Contract, status: Status, changes: Changes) -> Self {
        let Changes { findings, allowed } = changes;
        Self { name: contract.name.clone(), version: contract.version, status, findings, changes: allowed }
    }

    /// How to change it without breaking it; `None` where nothing is broken.
    pub fn way_out(&self) -> Option<String> {
        let Self { name, version, .. } = self;
        let next = version.saturating_add(1);
        let rules: Vec<Rule> = self.findings.iter().map(|one| one.rule).collect();
        if rules.is_empty() {
            None
        } else if rules.contains(&Rule::ContractRemoved) {
            Some(format!(
                "declare version {version} again, and keep it beside any later version until nobody reads it; then retire \
                 it by `contract accept --breaking`"
            ))
        } else {
            Some(format!(
                "keep version {version} as it was, and publish the change beside it, as a struct of its own with \
                 `#[external_event(name = \"{name}\", version = {next}, of = ..)]`; retire version {version} when nobody \
                 reads it"
            ))
        }
    }
}

impl Status {
    /// The stable name, as commands print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Broken => "broken",
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.contracts.is_empty() {
            return writeln!(f, "`{}` gives no contract to other systems", self.service);
        }
        for one in &self.contracts {
            write!(f, "{one}")?;
        }
        if !self.is_compatible() || self.is_accepted() {
            return Ok(());
        }
        writeln!(
            f,
            "\nNothing is broken. `contract accept` writes what is new to `{}`; commit that.",
            self.directory.display()
        )
    }
}

impl Display for Checked {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let what = match self.status {
            Status::Kept => "is as it was accepted",
            Status::New => "is new",
            Status::Changed => "has changed, and its readers can follow:",
            Status::Broken => "is broken:",
        };
        writeln!(f, "{} version {} {what}", self.name, self.version)?;
        for finding in &self.findings {
            writeln!(f, "  {finding}")?;
        }
        for change in &self.changes {
            writeln!(f, "  {change}")?;
        }
        match self.way_out() {
            Some(way_out) => writeln!(f, "  way out: {way_out}"),
            None => Ok(()),
        }
    }
}
