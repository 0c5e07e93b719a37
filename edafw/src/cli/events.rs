//! `events list|show|trace|replay|republish|reconcile|redact|archive`: the event store as the history of the domain.

mod archive;
mod mending;
mod page;
mod replay;
mod selection;
mod trace;

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use edafw_core::{Backend, EventId, Result};

use super::connection::{connected, connected_to_work};
use super::exit::Exit;
use super::output::Output;
use crate::AppBuilder;

pub(super) fn command() -> Command {
    let id = || Arg::new("id").value_name("ID").value_parser(value_parser!(EventId));
    Command::new("events")
        .about("Read the history of events, and mend what did not arrive")
        .subcommand_required(true)
        .subcommand(
            Command::new("list")
                .about("List events in the order of their commits, without their payloads")
                .args(selection::arguments()),
        )
        .subcommand(
            Command::new("show")
                .about("Show one with its payload, and what became of it at each subscriber")
                .long_about(
                    "Show one with its payload, and what became of it at each subscriber. The payload is shown in full: \
                     the terminal is the operator's own.",
                )
                .arg(id().required(true)),
        )
        .subcommand(trace::command())
        .subcommand(replay::command())
        .subcommand(
            Command::new("republish")
                .about("Send events again to everybody; who has handled them recognises them")
                .arg(id().num_args(1..).required_unless_present("all-unconfirmed"))
                .arg(
                    Arg::new("all-unconfirmed")
                        .long("all-unconfirmed")
                        .action(ArgAction::SetTrue)
                        .conflicts_with("id")
                        .help("Every event that was sent and never confirmed, exhausted ones included"),
                ),
        )
        .subcommand(
            Command::new("reconcile")
                .about("Send a subscriber the events that it has not handled, to its queue alone")
                .arg(Arg::new("subscriber").value_name("SUBSCRIBER").required(true))
                .arg(selection::since()),
        )
        .subcommand(
            Command::new("redact")
                .about("Erase the payloads of a subject's events for good, and keep the rows")
                .arg(Arg::new("key").value_name("KEY").required(true).help("The subject"))
                .arg(Arg::new("unpublished").long("unpublished").action(ArgAction::SetTrue).help(
                    "Also of events that are still on their way; their subscribers will not be able to read them",
                )),
        )
        .subcommand(
            Command::new("archive")
                .about("Move old published events into the table `edafw_archive`")
                .long_about(
                    "Move old published events into the table `edafw_archive`, in small batches. What is not published, \
                     waits in a queue or is a dead letter stays, and so does the last event of all.",
                )
                .arg(selection::before().required(true)),
        )
}

pub(super) async fn run<B: Backend>(
    builder: AppBuilder<B>,
    matches: &ArgMatches,
    output: Output,
) -> Result<Exit> {
    let (verb, matches) = matches.subcommand().expect("clap requires one");
    // Wrong arguments are told before the database is asked for.
    let query = if verb == "list" { Some(selection::query(matches)?) } else { None };
    let since = if verb == "reconcile" { selection::time_of(matches, "since")? } else { None };
    let range = if verb == "replay" { Some(replay::range(matches)?) } else { None };
    let age = if verb == "archive" { selection::age_of(matches, "before")? } else { Duration::ZERO };
    if verb == "trace" {
        let request = trace::Request::of(matches)?;
        return connected(builder, async |app| trace::run(app, &request, output).await).await;
    }
    if let Some(range) = range {
        return connected_to_work(builder, async |app| replay::replay(app, matches, range, output).await)
            .await;
    }
    connected(builder, async |app| match (verb, query) {
        ("list", Some(query)) => page::list(app, &query, output).await,
        ("show", _) => page::show(app, matches, output).await,
        ("republish", _) => mending::republish(app, matches, output).await,
        ("reconcile", _) => mending::reconcile(app, matches, since, output).await,
        ("archive", _) => archive::archive(app, age, output).await,
        _ => mending::redact(app, matches, output).await,
    })
    .await
}
