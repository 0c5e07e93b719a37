//! `events replay`.

use std::fmt::{Display, Formatter};
use std::time::SystemTime;

use clap::{Arg, ArgAction, ArgMatches, Command};
use edafw_core::{Backend, Result};
use serde::Serialize;

use super::selection;
use crate::cli::exit::Exit;
use crate::cli::output::{Output, progress, rfc3339};
use crate::cli::subscribers::{check_subscriber, text};
use crate::{App, Replayed};

pub(super) fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    Command::new("replay")
        .about("Hand the events of the past to one subscriber once more, on the side")
        .long_about(
            "Hand the events of the past to one subscriber once more, on the side: as SUBSCRIBER@ID, with an inbox of its \
             own. The subscriber learns the id from its `Delivery`, and chooses by it where it writes. Nobody else runs, \
             and what it publishes is dropped. The same command again goes on where it was.",
        )
        .arg(Arg::new("subscriber").value_name("SUBSCRIBER").required(true))
        .arg(
            Arg::new("id")
                .long("id")
                .value_name("ID")
                .required(true)
                .help("Tells this replay from others: lower-case letters, digits, `.`, `-` and `_`"),
        )
        .arg(Arg::new("key").long("key").value_name("KEY").help("Only events of this subject"))
        .arg(selection::since())
        .arg(selection::until())
        .arg(flag(
            "skip-failures",
            "Leave out events that the subscriber fails at or that cannot be decoded, instead of stopping there",
        ))
        .arg(flag("publish", "Store what the subscriber publishes, as new events for all of their subscribers"))
        .arg(flag(
            "with-effects",
            "Also run a subscriber that takes no `Tx`, or `State` beside it: what it does outside of its transaction is done again",
        ))
}

/// From when, and up to when.
pub(super) type Range = (Option<SystemTime>, Option<SystemTime>);

/// # Errors
/// A time that cannot be read.
pub(super) fn range(matches: &ArgMatches) -> Result<Range> {
    Ok((selection::time_of(matches, "since")?, selection::time_of(matches, "until")?))
}

pub(super) async fn replay<B: Backend>(
    app: &App<B>,
    matches: &ArgMatches,
    (since, until): Range,
    output: Output,
) -> Result<Exit> {
    let (subscriber, id) = (text(matches, "subscriber"), text(matches, "id"));
    check_subscriber(app.registry(), subscriber)?;
    let mut replay = app.replay(subscriber, id);
    if let Some(time) = since {
        replay = replay.since(time);
    }
    if let Some(time) = until {
        replay = replay.until(time);
    }
    if let Some(key) = matches.get_one::<String>("key") {
        replay = replay.key(key);
    }
    if matches.get_flag("skip-failures") {
        replay = replay.skipping();
    }
    if matches.get_flag("publish") {
        replay = replay.publishing();
    }
    if matches.get_flag("with-effects") {
        replay = replay.with_effects();
    }
    let done = replay
        .run_with(|done| {
            let time = done.time.map(rfc3339).unwrap_or_default();
            progress(format_args!("{} handled, up to position {} of {time}", done.handled, done.position));
        })
        .await?;
    output.print(&Report::of(subscriber, id, &done));
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Report<'a> {
    subscriber: &'a str,
    id: &'a str,
    handled: u64,
    skipped: u64,
    redacted: u64,
    position: Option<i64>,
    time: Option<String>,
}

impl<'a> Report<'a> {
    fn of(subscriber: &'a str, id: &'a str, done: &Replayed) -> Self {
        let &Replayed { handled, skipped, redacted, position, time } = done;
        let position = time.map(|_| position);
        Self { subscriber, id, handled, skipped, redacted, position, time: time.map(rfc3339) }
    }
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { subscriber, id, handled, skipped, redacted, .. } = self;
        let (Some(position), Some(time)) = (self.position, &self.time) else {
            return writeln!(f, "`{subscriber}@{id}` has nothing left to handle");
        };
        writeln!(f, "`{subscriber}@{id}` has handled {handled} events, up to position {position} of {time}")?;
        if *skipped > 0 {
            writeln!(f, "{skipped} were left out: the log says which, and why")?;
        }
        if *redacted > 0 {
            writeln!(f, "{redacted} were left out: their payloads were erased")?;
        }
        Ok(())
    }
}
