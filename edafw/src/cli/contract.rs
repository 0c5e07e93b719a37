//! `contract accept|check`: the contracts that this service gives, beside the files in its repository. Needs no
//! database.

use std::fmt::{Display, Formatter};
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use edafw_core::{Backend, Result};
use serde::Serialize;

use super::exit::Exit;
use super::output::Output;
use crate::AppBuilder;
use crate::contracts::{self, Checked, Report};

pub(super) fn run<B: Backend>(app: &AppBuilder<B>, matches: &ArgMatches, output: Output) -> Result<Exit> {
    match matches.subcommand() {
        Some(("accept", matches)) => {
            let breaking = matches.get_flag("breaking");
            let report = contracts::accept(app, &directory(matches), breaking)?;
            let written = breaking || report.is_compatible();
            output.print(&Document::of(&report, Some(written)));
            Ok(if written { Exit::Done } else { Exit::Differs })
        }
        Some((_, matches)) => {
            let report = contracts::check_builder(app, &directory(matches))?;
            output.print(&Document::of(&report, None));
            let fails = !report.is_compatible() || (matches.get_flag("accepted") && !report.is_accepted());
            Ok(if fails { Exit::Differs } else { Exit::Done })
        }
        None => unreachable!("clap requires a subcommand"),
    }
}

/// What was said, or `contracts` beside the package that cargo runs, or in the working directory.
fn directory(matches: &ArgMatches) -> PathBuf {
    if let Some(directory) = matches.get_one::<PathBuf>("dir") {
        return directory.clone();
    }
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    package.join("contracts")
}

/// A report for programs and for people.
#[derive(Serialize)]
struct Document<'a> {
    service: &'a str,
    directory: &'a Path,
    compatible: bool,
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<bool>,
    contracts: Vec<Contract<'a>>,
    #[serde(skip)]
    report: &'a Report,
}

#[derive(Serialize)]
struct Contract<'a> {
    name: &'a str,
    version: u32,
    status: &'static str,
    findings: Vec<Finding<'a>>,
    changes: Vec<Change<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<String>,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'static str,
    field: &'a str,
    what: &'a str,
    reason: &'static str,
}

#[derive(Serialize)]
struct Change<'a> {
    field: &'a str,
    what: &'a str,
}

impl<'a> Document<'a> {
    fn of(report: &'a Report, written: Option<bool>) -> Self {
        Self {
            service: &report.service,
            directory: &report.directory,
            compatible: report.is_compatible(),
            accepted: report.is_accepted() || written == Some(true),
            written,
            contracts: report.contracts.iter().map(Contract::of).collect(),
            report,
        }
    }
}

impl<'a> Contract<'a> {
    fn of(checked: &'a Checked) -> Self {
        let finding = |one: &'a contracts::Finding| Finding {
            rule: one.rule.as_str(),
            field: &one.field,
            what: &one.what,
            reason: one.rule.reason(),
        };
        let change = |one: &'a contracts::Change| Change { field: &one.field, what: &one.what };
        Self {
            name: &checked.name,
            version: checked.version,
            status: checked.status.as_str(),
            findings: checked.findings.iter().map(finding).collect(),
            changes: checked.changes.iter().map(change).collect(),
            way_out: checked.way_out(),
        }
    }
}

impl Display for Document<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let directory = self.directory.display();
        match self.written {
            None => write!(f, "{}", self.report),
            Some(_) if self.report.is_accepted() => write!(f, "{}", self.report),
            Some(true) => {
                for one in &self.report.contracts {
                    write!(f, "{one}")?;
                }
                writeln!(f, "\nAccepted. `{directory}` is as declared now; commit it.")
            }
            Some(false) => {
                write!(f, "{}", self.report)?;
                writeln!(
                    f,
                    "\nNothing was written. Where nobody reads a broken contract, `contract accept --breaking` accepts it."
                )
            }
        }
    }
}
