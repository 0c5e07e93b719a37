//! `doctor`: what is wrong, and what to do about it, in one list.

mod checks;

use std::fmt::{Display, Formatter};

use clap::Command;
use edafw_core::{Backend, EventStore, Result};
use serde::Serialize;

use super::exit::Exit;
use super::output::Output;
use crate::AppBuilder;
use crate::app::newest_schema;

pub(super) fn command() -> Command {
    Command::new("doctor")
        .about("Look for everything that is wrong, and say what to do; exits with 3 if anything is")
}

pub(super) async fn run<B: Backend>(builder: AppBuilder<B>, output: Output) -> Result<Exit> {
    let service = builder.service().to_owned();
    let builder = builder.only_to_look();
    let store = builder.open_database().await?;
    let mut findings = schema(&*store).await?;
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        store.close().await;
    } else {
        let app = builder.connect_to(store).await?;
        let checked = checks::all(&app, &mut findings).await;
        app.close().await;
        checked?;
    }
    let diagnosis = Diagnosis { service, healthy: findings.is_empty(), findings };
    output.print(&diagnosis);
    Ok(if diagnosis.healthy { Exit::Done } else { Exit::Differs })
}

/// Whether the schema fits; without one that does, nothing else can be looked at.
async fn schema(store: &impl EventStore) -> Result<Vec<Finding>> {
    let newest = newest_schema(store);
    Ok(match store.schema().await? {
        None => vec![Finding::error(
            "schema",
            "the database has no tables of edafw",
            "run `migrate`, or start a worker that may",
        )],
        Some(schema) if schema.oldest_compatible > newest => vec![Finding::error(
            "schema",
            format!(
                "the schema has version {}, which binaries older than version {} cannot run on; this one was built \
                 for version {newest}",
                schema.version, schema.oldest_compatible
            ),
            "deploy a newer binary",
        )],
        Some(schema) if schema.version < newest => vec![Finding::error(
            "schema",
            format!("the schema has version {}, this binary needs version {newest}", schema.version),
            "run `migrate`",
        )],
        Some(_) => Vec::new(),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    /// Something does not work.
    Error,
    /// Somebody should look at it.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Serialize)]
struct Finding {
    severity: Severity,
    check: &'static str,
    what: String,
    #[serde(rename = "do")]
    remedy: String,
}

impl Finding {
    fn error(check: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Error, check, what: what.into(), remedy: remedy.into() }
    }

    fn warning(check: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, check, what: what.into(), remedy: remedy.into() }
    }
}

#[derive(Serialize)]
struct Diagnosis {
    service: String,
    healthy: bool,
    findings: Vec<Finding>,
}

impl Display for Diagnosis {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.healthy {
            return writeln!(f, "nothing is wrong with `{}`", self.service);
        }
        for finding in &self.findings {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            writeln!(f, "{severity}: {}\n  do: {}", finding.what, finding.remedy)?;
        }
        Ok(())
    }
}
