//! `subscribers pause|resume` and `keys skip`: stopping and unblocking.

use std::fmt::{Display, Formatter};

use clap::{Arg, ArgMatches, Command};
use edafw_core::{Backend, DeadLetterFilter, DeliveryStore, Error, ErrorKind, Result};
use serde::Serialize;

use super::connection::connected;
use super::exit::Exit;
use super::output::Output;
use super::suggestion::unknown;
use crate::app::Registry;
use crate::{App, AppBuilder};

pub(super) fn command() -> Command {
    let name = || Arg::new("name").value_name("NAME").required(true).help("The subscriber, as `list` has it");
    Command::new("subscribers")
        .about("Pause and resume subscribers, for every worker")
        .subcommand_required(true)
        .subcommand(
            Command::new("pause")
                .about("Let the deliveries of a subscriber wait; none of them loses an attempt")
                .arg(name()),
        )
        .subcommand(Command::new("resume").about("Let them run again").arg(name()))
}

pub(super) fn keys_command() -> Command {
    let subscriber = Arg::new("subscriber").value_name("SUBSCRIBER").required(true);
    let key = Arg::new("key").value_name("KEY").required(true);
    Command::new("keys").about("Free keys that a dead letter holds").subcommand_required(true).subcommand(
        Command::new("skip")
            .about("Discard the dead letters that hold a key; its later events flow on")
            .args([subscriber, key]),
    )
}

pub(super) async fn run<B: Backend>(
    builder: AppBuilder<B>,
    matches: &ArgMatches,
    output: Output,
) -> Result<Exit> {
    let (verb, matches) = matches.subcommand().expect("clap requires one");
    let (paused, name) = (verb == "pause", text(matches, "name"));
    connected(builder, async |app| {
        // What was paused and is declared no more can be resumed too.
        if paused || !app.store().paused().await?.iter().any(|one| one == name) {
            check_subscriber(app.registry(), name)?;
        }
        app.store().set_paused(name, paused).await?;
        output.print(&Paused { subscriber: name, paused });
        Ok(Exit::Done)
    })
    .await
}

pub(super) async fn run_keys<B: Backend>(
    builder: AppBuilder<B>,
    matches: &ArgMatches,
    output: Output,
) -> Result<Exit> {
    let (_, matches) = matches.subcommand().expect("clap requires one");
    let (subscriber, key) = (text(matches, "subscriber"), text(matches, "key"));
    connected(builder, async |app| {
        let discarded = skip(app, subscriber, key).await?;
        if discarded.is_empty() {
            check_subscriber(app.registry(), subscriber)?;
            let message = format!("no dead letter of `{subscriber}` holds the key `{key}`");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        output.print(&Skipped { subscriber, key, discarded });
        Ok(Exit::Done)
    })
    .await
}

async fn skip<B: Backend>(app: &App<B>, subscriber: &str, key: &str) -> Result<Vec<i64>> {
    let mut filter = DeadLetterFilter {
        subscriber: Some(subscriber.to_owned()),
        key: Some(key.to_owned()),
        ..DeadLetterFilter::default()
    };
    let mut discarded = Vec::new();
    loop {
        let page = app.store().dead_letters(&filter).await?;
        let Some(last) = page.last() else { return Ok(discarded) };
        filter.after = Some(last.id);
        for dead in page.iter().filter(|dead| dead.letter.holds_key) {
            if app.store().remove_dead_letter(dead.id, false).await? {
                discarded.push(dead.id);
            }
        }
    }
}

/// Refuses a name that no subscriber of the worker has.
pub(super) fn check_subscriber(registry: &Registry, name: &str) -> Result<()> {
    let workers = registry.workers();
    if workers.iter().any(|one| &*one.name == name) {
        return Ok(());
    }
    if registry.subscribers.iter().any(|one| one.name == name) {
        return Err(Error::configuration(format!(
            "`{name}` is of the application layer: it runs inside the publishing process, in the publisher's \
             transaction or right after it, and has no deliveries"
        )));
    }
    Err(unknown("subscriber", name, workers.iter().map(|one| &*one.name)))
}

/// An argument that clap requires.
pub(super) fn text<'a>(matches: &'a ArgMatches, name: &str) -> &'a str {
    matches.get_one::<String>(name).map_or("", String::as_str)
}

#[derive(Serialize)]
struct Paused<'a> {
    subscriber: &'a str,
    paused: bool,
}

impl Display for Paused<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.paused {
            writeln!(f, "`{}` is paused; its deliveries wait until it is resumed", self.subscriber)
        } else {
            writeln!(f, "`{}` is not paused; its deliveries run again within seconds", self.subscriber)
        }
    }
}

#[derive(Serialize)]
struct Skipped<'a> {
    subscriber: &'a str,
    key: &'a str,
    discarded: Vec<i64>,
}

impl Display for Skipped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<String> = self.discarded.iter().map(i64::to_string).collect();
        writeln!(
            f,
            "discarded {} of `{}`; the later events of the key `{}` flow on",
            ids.join(", "),
            self.subscriber,
            self.key
        )
    }
}
