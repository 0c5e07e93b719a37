//! `provision plan|apply|check|export`: queues and bindings, declared and existing.

use std::fmt::{Display, Formatter};

use clap::{Arg, ArgAction, ArgMatches, Command};
use edafw_core::{Backend, Channel, Ordering, Result, Topology};
use serde::Serialize;

use super::connection::{connected, connected_to_work};
use super::drift::{Difference, describe_binding};
use super::exit::Exit;
use super::export;
use super::output::Output;
use crate::AppBuilder;
use crate::worker::Provisioned;

pub(super) fn command() -> Command {
    let offline = Arg::new("offline")
        .long("offline")
        .action(ArgAction::SetTrue)
        .help("Print what is declared, without a database (implied where EDAFW_DATABASE_URL is not set)");
    Command::new("provision")
        .about("Compare the declared queues with those that exist, and make them so")
        .subcommand_required(true)
        .subcommand(Command::new("plan").about("Print what `apply` would change").arg(offline))
        .subcommand(Command::new("apply").about("Create and change what differs; removes no queue"))
        .subcommand(Command::new("check").about("Exit with 3 if `apply` would change anything"))
        .subcommand(
            Command::new("export").about("Print a CloudFormation template of what `apply` makes").arg(
                Arg::new("iam")
                    .long("iam")
                    .action(ArgAction::SetTrue)
                    .help("Print the least IAM policies instead: of a worker, and of `provision apply`"),
            ),
        )
}

pub(super) async fn run<B: Backend>(
    builder: AppBuilder<B>,
    matches: &ArgMatches,
    output: Output,
) -> Result<Exit> {
    match matches.subcommand() {
        Some(("export", matches)) => export::run(&builder, matches.get_flag("iam"), output),
        Some(("apply", _)) => {
            connected_to_work(builder, async |app| {
                let all = app.provision(true).await?;
                output.print(&Differences::of(app.service(), &all, "is as declared now; changed:"));
                Ok(Exit::Done)
            })
            .await
        }
        Some(("check", _)) => {
            connected(builder, async |app| {
                let differences = Differences::of(app.service(), &app.drift().await?, "differs:");
                output.print(&differences);
                Ok(if differences.in_sync { Exit::Done } else { Exit::Differs })
            })
            .await
        }
        plan => {
            let asked = plan.is_some_and(|(_, matches)| matches.get_flag("offline"));
            if asked || !builder.names_database() {
                let note = (!asked).then_some("EDAFW_DATABASE_URL is not set: this is what is declared");
                output.print(&Declared { topology: builder.registry().topology(&Channel::ALL), note });
                return Ok(Exit::Done);
            }
            connected(builder, async |app| {
                output.print(&Differences::of(app.service(), &app.drift().await?, "would be changed:"));
                Ok(Exit::Done)
            })
            .await
        }
    }
}

/// What the service needs, whatever exists.
#[derive(Serialize)]
struct Declared {
    #[serde(rename = "declared")]
    topology: Topology,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

impl Display for Declared {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if let Some(note) = self.note {
            writeln!(f, "{note}\n")?;
        }
        writeln!(f, "Topics")?;
        for topic in &self.topology.topics {
            writeln!(f, "  {topic}")?;
        }
        writeln!(f, "\nQueues")?;
        for queue in &self.topology.queues {
            let ordering = match queue.ordering {
                Ordering::Key => "ordered by key",
                Ordering::None => "unordered",
            };
            writeln!(f, "  {} ({ordering})", queue.name)?;
            for former in &queue.formerly {
                writeln!(f, "    formerly {former}")?;
            }
            for binding in &queue.bindings {
                writeln!(f, "    gets {}", describe_binding(binding))?;
            }
        }
        Ok(())
    }
}

/// What differs, by transport.
#[derive(Serialize)]
struct Differences {
    service: String,
    in_sync: bool,
    transports: Vec<OfTransport>,
    #[serde(skip)]
    heading: &'static str,
}

#[derive(Serialize)]
struct OfTransport {
    transport: &'static str,
    channels: Vec<Channel>,
    applied: bool,
    drift: Vec<Difference>,
}

impl Differences {
    fn of(service: &str, all: &[Provisioned], heading: &'static str) -> Self {
        let transports: Vec<OfTransport> = all
            .iter()
            .map(|one| OfTransport {
                transport: one.transport,
                channels: one.channels.clone(),
                applied: one.applied,
                drift: one.drift.iter().map(Difference::of).collect(),
            })
            .collect();
        let in_sync = all.iter().zip(&transports).all(|(one, differences)| {
            one.applied || !differences.drift.iter().any(Difference::is_mended_by_apply)
        });
        Self { service: service.to_owned(), in_sync, transports, heading }
    }
}

impl Display for Differences {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for one in &self.transports {
            let channels: Vec<&str> = one.channels.iter().map(|channel| channel.as_str()).collect();
            let (transport, channels) = (one.transport, channels.join(", "));
            if one.drift.is_empty() {
                writeln!(f, "{transport} ({channels}) is as declared")?;
                continue;
            }
            writeln!(f, "{transport} ({channels}) {}", self.heading)?;
            for difference in &one.drift {
                writeln!(f, "  {difference}")?;
            }
        }
        Ok(())
    }
}
