//! `dead-letters list|show|retry|discard`: what subscribers could not handle.

use std::fmt::{Display, Formatter};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use edafw_core::{Backend, DeadLetter, DeadLetterFilter, DeliveryStore, Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::value::RawValue;

use super::connection::{connected, connected_to_work};
use super::exit::Exit;
use super::mended::{Mended, Outcome};
use super::output::{Output, Table, progress, rfc3339};
use super::subscribers::check_subscriber;
use crate::worker::Retried;
use crate::{App, AppBuilder};

pub(super) fn command() -> Command {
    let subscriber = || {
        let help = "Only those of this subscriber";
        Arg::new("subscriber").long("subscriber").short('s').value_name("NAME").help(help)
    };
    let number = |name: &'static str| {
        Arg::new(name).long(name).value_name("N").value_parser(value_parser!(i64).range(0..))
    };
    let which = || {
        let ids = Arg::new("ids").value_name("ID").num_args(1..).value_parser(value_parser!(i64));
        let all = Arg::new("all").long("all").action(ArgAction::SetTrue).conflicts_with("ids");
        [
            ids.required_unless_present("all").help("Their numbers, as `list` has them"),
            all.help("All of them; with --subscriber, all of that one"),
            subscriber().requires("all"),
        ]
    };
    Command::new("dead-letters")
        .about("List, retry and discard events that a subscriber could not handle")
        .subcommand_required(true)
        .subcommand(
            Command::new("list").about("List them, oldest first").args([
                subscriber(),
                Arg::new("key").long("key").value_name("KEY").help("Only those of this subject"),
                number("limit").default_value("100").help("How many, at most"),
                number("after").help("Only behind this number: the last one of the page before"),
            ]),
        )
        .subcommand(
            Command::new("show").about("Show one with its payload: the terminal is the operator's own").arg(
                Arg::new("id").value_name("ID").required(true).value_parser(value_parser!(i64)),
            ),
        )
        .subcommand(
            Command::new("retry")
                .about("Run their subscriber once more, in this process")
                .long_about(
                    "Run their subscriber once more, in this process and one after the other. A dead letter stays, \
                     and keeps holding its key, until the attempt has succeeded. One that fails again stays with the \
                     new error, and the exit code is 1.",
                )
                .args(which()),
        )
        .subcommand(
            Command::new("discard")
                .about("Give them up for good: their subscriber will never see these events")
                .args(which()),
        )
}

pub(super) async fn run<B: Backend>(
    builder: AppBuilder<B>,
    matches: &ArgMatches,
    output: Output,
) -> Result<Exit> {
    let (verb, matches) = matches.subcommand().expect("clap requires one");
    if verb == "retry" {
        return connected_to_work(builder, async |app| mend(app, matches, true, output).await).await;
    }
    connected(builder, async |app| match verb {
        "list" => list(app, matches, output).await,
        "show" => show(app, matches, output).await,
        _ => mend(app, matches, false, output).await,
    })
    .await
}

async fn list<B: Backend>(app: &App<B>, matches: &ArgMatches, output: Output) -> Result<Exit> {
    let limit = matches.get_one::<i64>("limit").map_or(100, |&limit| limit as usize);
    let filter = DeadLetterFilter {
        id: None,
        subscriber: matches.get_one("subscriber").cloned(),
        key: matches.get_one("key").cloned(),
        after: matches.get_one("after").copied(),
        limit: Some(limit),
    };
    let page = app.store().dead_letters(&filter).await?;
    let next = page.last().filter(|_| page.len() == limit).map(|last| last.id);
    output.print(&Page { dead_letters: page.iter().map(|dead| Letter::of(dead, false)).collect(), next });
    Ok(Exit::Done)
}

async fn show<B: Backend>(app: &App<B>, matches: &ArgMatches, output: Output) -> Result<Exit> {
    let id = matches.get_one::<i64>("id").copied();
    let filter = DeadLetterFilter { id, ..DeadLetterFilter::default() };
    let dead = app.store().dead_letters(&filter).await?.pop().ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("there is no dead letter {}", id.unwrap_or_default()))
    })?;
    output.print(&Letter::of(&dead, true));
    Ok(Exit::Done)
}

/// Retries or discards those that are named, or page by page all of them, oldest first.
async fn mend<B: Backend>(app: &App<B>, matches: &ArgMatches, retry: bool, output: Output) -> Result<Exit> {
    let subscriber = matches.get_one::<String>("subscriber").cloned();
    if let Some(name) = &subscriber
        && retry
    {
        check_subscriber(app.registry(), name)?;
    }
    // A service whose last subscriber is gone can still discard.
    let worker = if retry { Some(app.worker()?) } else { None };
    let mend_one = async |id: i64| -> Result<Outcome<i64>> {
        let Some(worker) = &worker else {
            let found = app.store().remove_dead_letter(id, false).await?;
            return Ok(if found { Outcome::done(id, "discarded") } else { Outcome::not_found(id) });
        };
        Ok(match worker.retry_dead_letter(id).await? {
            Retried::Handled => Outcome::done(id, "handled"),
            Retried::AlreadyHandled => Outcome::done(id, "already_handled"),
            Retried::Failed(error) => Outcome::failed(id, error),
            Retried::Waits(earlier) => {
                Outcome::failed(id, format!("waits: dead letter {earlier} comes first and holds the key"))
            }
            Retried::Gone => Outcome::not_found(id),
        })
    };
    let mut mended = Mended::new("dead letter", "dead letters");
    if let Some(ids) = matches.get_many::<i64>("ids") {
        for &id in ids {
            mended.push(mend_one(id).await?);
        }
    } else {
        let mut filter = DeadLetterFilter { subscriber, ..DeadLetterFilter::default() };
        loop {
            let page = app.store().dead_letters(&filter).await?;
            let Some(last) = page.last() else { break };
            filter.after = Some(last.id);
            for dead in &page {
                mended.push(mend_one(dead.id).await?);
            }
            progress(format_args!("{} so far", mended.len()));
        }
    }
    output.print(&mended);
    Ok(mended.exit())
}

#[derive(Serialize)]
struct Page<'a> {
    dead_letters: Vec<Letter<'a>>,
    next: Option<i64>,
}

#[derive(Serialize)]
struct Letter<'a> {
    id: i64,
    at: String,
    subscriber: &'a str,
    source: &'a str,
    event: &'a str,
    key: Option<&'a str>,
    idempotency_key: &'a str,
    queue: &'a str,
    cause: &'static str,
    attempts: u32,
    holds_key: bool,
    error: &'a str,
    /// The event as it was delivered, where it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<&'a RawValue>,
    /// What was delivered, where it is not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
}

impl<'a> Letter<'a> {
    fn of(dead: &'a DeadLetter, with_payload: bool) -> Self {
        let letter = &dead.letter;
        let body = with_payload.then_some(letter.body.as_str());
        let envelope = body.and_then(|body| serde_json::from_str(body).ok());
        Self {
            id: dead.id,
            at: rfc3339(dead.at),
            subscriber: &letter.entry.subscriber,
            source: &letter.entry.source,
            event: &letter.entry.name,
            key: letter.entry.key.as_deref(),
            idempotency_key: &letter.entry.idempotency_key,
            queue: &letter.queue,
            cause: letter.cause.as_str(),
            attempts: letter.attempts,
            holds_key: letter.holds_key,
            error: &letter.error,
            body: if envelope.is_some() { None } else { body },
            envelope,
        }
    }
}

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.dead_letters.is_empty() {
            return writeln!(f, "no dead letters");
        }
        let mut table = Table::new(&["ID", "AT", "SUBSCRIBER", "EVENT", "KEY", "CAUSE", "ATTEMPTS", "ERROR"]);
        for one in &self.dead_letters {
            let key = one.key.map_or_else(
                || "-".to_owned(),
                |key| {
                    if one.holds_key { format!("{key} (held)") } else { key.to_owned() }
                },
            );
            table.row(vec![
                one.id.to_string(),
                one.at.clone(),
                one.subscriber.to_owned(),
                one.event.to_owned(),
                key,
                one.cause.to_owned(),
                one.attempts.to_string(),
                one.error.lines().next().unwrap_or_default().to_owned(),
            ]);
        }
        write!(f, "{table}")?;
        match self.next {
            Some(next) => writeln!(f, "\nmore: --after {next}"),
            None => Ok(()),
        }
    }
}

impl Display for Letter<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "dead letter {}, given up at {}", self.id, self.at)?;
        writeln!(f, "  subscriber  {}", self.subscriber)?;
        writeln!(f, "  event       {} of {}", self.event, self.source)?;
        writeln!(
            f,
            "  key         {}{}",
            self.key.unwrap_or("-"),
            if self.holds_key { " (held)" } else { "" }
        )?;
        writeln!(f, "  act         {}", self.idempotency_key)?;
        writeln!(f, "  queue       {}", self.queue)?;
        writeln!(f, "  cause       {} after {} attempts", self.cause, self.attempts)?;
        writeln!(f, "  error       {}", self.error)?;
        let body = self.envelope.map(RawValue::get).or(self.body).unwrap_or_default();
        writeln!(f, "  delivered   {body}")
    }
}
