//! `migrate`: the tables of edafw.

use std::fmt::{Display, Formatter};

use clap::{Arg, ArgAction, ArgMatches, Command};
use edafw_core::{Backend, EventStore, Result};
use serde::Serialize;

use super::exit::Exit;
use super::output::Output;
use crate::AppBuilder;

pub(super) fn command() -> Command {
    Command::new("migrate").about("Bring the tables of edafw to this binary's version").arg(
        Arg::new("print")
            .long("print")
            .action(ArgAction::SetTrue)
            .help("Print the statements that would be run, and run none"),
    )
}

pub(super) async fn run<B: Backend>(
    builder: AppBuilder<B>,
    matches: &ArgMatches,
    output: Output,
) -> Result<Exit> {
    let store = builder.open_database().await?;
    let done = migrate(&*store, matches.get_flag("print"), output).await;
    store.close().await;
    done
}

async fn migrate(store: &impl EventStore, only_print: bool, output: Output) -> Result<Exit> {
    let present = store.schema().await?.map_or(0, |schema| schema.version);
    let known = store.migrations();
    if only_print {
        let pending = known.iter().filter(|(version, _)| *version > present);
        let pending = pending.map(|&(version, sql)| Migration { version, sql }).collect();
        output.print(&Pending { present, pending });
        return Ok(Exit::Done);
    }
    crate::app::refuse_newer_schema(store).await?;
    let applied = store.migrate().await?;
    let version = store.schema().await?.map_or(0, |schema| schema.version);
    output.print(&Migrated { version, applied });
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Pending {
    present: u32,
    pending: Vec<Migration>,
}

#[derive(Serialize)]
struct Migration {
    version: u32,
    sql: &'static str,
}

impl Display for Pending {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.pending.is_empty() {
            writeln!(f, "-- the schema has version {}: nothing to do", self.present)?;
        }
        for one in &self.pending {
            writeln!(f, "-- version {}\n{}", one.version, one.sql)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Migrated {
    version: u32,
    applied: Vec<u32>,
}

impl Display for Migrated {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let versions: Vec<String> = self.applied.iter().map(u32::to_string).collect();
        match &versions[..] {
            [] => writeln!(f, "the schema has version {}: nothing to do", self.version),
            applied => {
                writeln!(f, "applied version {}; the schema has version {}", applied.join(", "), self.version)
            }
        }
    }
}
