//! `events republish`, `events reconcile` and `events redact`.

use std::fmt::{Display, Formatter};
use std::time::SystemTime;

use clap::ArgMatches;
use edafw_core::{
    Backend, Channel, DeadLetterFilter, DeliveryStore, Error, ErrorKind, EventId, EventQuery, EventState,
    EventStore, Result,
};
use serde::Serialize;

use crate::App;
use crate::cli::exit::Exit;
use crate::cli::mended::{Mended, Outcome};
use crate::cli::output::{Output, progress};
use crate::cli::subscribers::{check_subscriber, text};

/// Events read at once.
const PAGE: usize = 500;

pub(super) async fn republish<B: Backend>(
    app: &App<B>,
    matches: &ArgMatches,
    output: Output,
) -> Result<Exit> {
    let mut mended = Mended::new("event", "unconfirmed events");
    if let Some(ids) = matches.get_many::<EventId>("id") {
        for &id in ids {
            mended.push(republish_one(app, id).await?);
        }
    } else {
        for state in [EventState::Sent, EventState::Exhausted] {
            // An event that was sent again is sent, so only the position ends the loop.
            let mut query = EventQuery { state: Some(state), limit: Some(PAGE), ..EventQuery::default() };
            loop {
                let page = app.store().events(&query).await?;
                let Some(last) = page.last() else { break };
                query.after = Some(last.position);
                for event in &page {
                    mended.push(republish_one(app, event.envelope.id).await?);
                }
                progress(format_args!("{} so far", mended.len()));
            }
        }
    }
    output.print(&mended);
    Ok(mended.exit())
}

async fn republish_one<B: Backend>(app: &App<B>, id: EventId) -> Result<Outcome<EventId>> {
    let found = app.store().republish_event(id).await?;
    Ok(if found { Outcome::done(id, "will_be_sent_again") } else { Outcome::not_found(id) })
}

pub(super) async fn reconcile<B: Backend>(
    app: &App<B>,
    matches: &ArgMatches,
    since: Option<SystemTime>,
    output: Output,
) -> Result<Exit> {
    let subscriber = text(matches, "subscriber");
    check_subscriber(app.registry(), subscriber)?;
    for one in app.registry().workers().iter().filter(|one| &*one.name == subscriber) {
        let source = one.event.event_type.source;
        if one.channel == Channel::External && source != app.service() {
            return Err(Error::configuration(format!(
                "`{subscriber}` takes events of `{source}`, which are stored in that service's database: list them \
                 there, and send them again with its `events republish`"
            )));
        }
    }
    let mut say = |sent| progress(format_args!("{sent} sent so far"));
    let sent = app.reconcile_by_page(subscriber, since, &mut say).await?;
    output.print(&Reconciled { subscriber, sent });
    Ok(Exit::Done)
}

pub(super) async fn redact<B: Backend>(app: &App<B>, matches: &ArgMatches, output: Output) -> Result<Exit> {
    let key = text(matches, "key");
    if !matches.get_flag("unpublished") {
        refuse_unpublished(app, key).await?;
    }
    let redacted = app.store().redact(key).await?;
    if redacted == 0 && app.store().events(&of_key(key, None)).await?.is_empty() {
        return Err(Error::new(ErrorKind::NotFound, format!("no event has the key `{key}`")));
    }
    let filter = DeadLetterFilter {
        key: Some(key.to_owned()),
        limit: Some(i32::MAX as usize),
        ..DeadLetterFilter::default()
    };
    let dead_letters = app.store().dead_letters(&filter).await?.iter().map(|dead| dead.id).collect();
    output.print(&Redacted { key, events: redacted, dead_letters });
    Ok(Exit::Done)
}

async fn refuse_unpublished<B: Backend>(app: &App<B>, key: &str) -> Result<()> {
    for state in [EventState::Stored, EventState::Sent, EventState::Exhausted] {
        if let Some(event) = app.store().events(&of_key(key, Some(state))).await?.first() {
            return Err(Error::new(
                ErrorKind::Database,
                format!(
                    "event {} of the key `{key}` is {}, not published: it may be sent again, and its subscribers could \
                     not read it; wait for it, or say --unpublished",
                    event.envelope.id,
                    state.as_str()
                ),
            ));
        }
    }
    // Whatever transports there are now: messages of an earlier one may still refer to the events.
    if let Some(queues) = app.store().own_queues()
        && queues.has_waiting(key).await?
    {
        return Err(Error::new(
            ErrorKind::Database,
            format!(
                "events of the key `{key}` still wait in queues, and their subscribers could not read them; wait for \
                 them, or say --unpublished"
            ),
        ));
    }
    Ok(())
}

fn of_key(key: &str, state: Option<EventState>) -> EventQuery {
    EventQuery { key: Some(key.to_owned()), state, limit: Some(1), ..EventQuery::default() }
}

#[derive(Serialize)]
struct Reconciled<'a> {
    subscriber: &'a str,
    sent: usize,
}

impl Display for Reconciled<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.sent {
            0 => writeln!(f, "`{}` has handled every event that was sent", self.subscriber),
            sent => writeln!(f, "sent {sent} events to the queue of `{}`", self.subscriber),
        }
    }
}

#[derive(Serialize)]
struct Redacted<'a> {
    key: &'a str,
    events: u64,
    /// Dead letters that still hold payloads of the key.
    dead_letters: Vec<i64>,
}

impl Display for Redacted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "erased the payloads of {} events of the key `{}`", self.events, self.key)?;
        if !self.dead_letters.is_empty() {
            let ids: Vec<String> = self.dead_letters.iter().map(i64::to_string).collect();
            writeln!(f, "these dead letters still hold payloads: discard them: {}", ids.join(" "))?;
        }
        Ok(())
    }
}
