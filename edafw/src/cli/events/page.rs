//! `events list` and `events show`.

use std::fmt::{Display, Formatter};

use clap::ArgMatches;
use edafw_core::{
    Backend, Channel, DeliveryStore, Error, ErrorKind, EventId, EventQuery, EventStore, InboxEntry,
    InboxState, Result, StoredEvent,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::App;
use crate::cli::exit::Exit;
use crate::cli::output::{Output, Table, rfc3339};

pub(super) async fn list<B: Backend>(app: &App<B>, query: &EventQuery, output: Output) -> Result<Exit> {
    let page = app.store().events(query).await?;
    let next = page.last().filter(|_| query.limit == Some(page.len())).map(|last| last.position);
    output.print(&Page { events: page.iter().map(Summary::of).collect(), next });
    Ok(Exit::Done)
}

pub(super) async fn show<B: Backend>(app: &App<B>, matches: &ArgMatches, output: Output) -> Result<Exit> {
    let id = matches.get_one::<EventId>("id").copied();
    let query = EventQuery { id, ..EventQuery::default() };
    // The archive has no index for ids: it is asked for what is nowhere else.
    let event = match app.store().events(&query).await?.pop() {
        Some(event) => Some(event),
        None => app.store().events(&EventQuery { archived: true, ..query }).await?.pop(),
    };
    let event = event.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("there is no event {}", id.unwrap_or_default()))
    })?;
    let subscribers = subscribers(app, &event).await?;
    output.print(&Shown {
        summary: Summary::of(&event),
        idempotency_key: &event.envelope.idempotency_key,
        trace_parent: event.envelope.trace_parent.as_deref(),
        trace_state: event.envelope.trace_state.as_deref(),
        subscribers,
        data: &event.envelope.data,
    });
    Ok(Exit::Done)
}

/// What this database's inbox knows of an event, for each subscriber of this service that takes it.
async fn subscribers<B: Backend>(app: &App<B>, event: &StoredEvent) -> Result<Vec<AtSubscriber>> {
    let entries = takers(app, event);
    let states = app.store().look_up(&entries).await?;
    Ok(entries
        .into_iter()
        .zip(states)
        .map(|(entry, state)| AtSubscriber { name: entry.subscriber.to_string(), state: state_name(state) })
        .collect())
}

/// The effects that an event has, or is to have, at the subscribers of this service.
pub(super) fn takers<B: Backend>(app: &App<B>, event: &StoredEvent) -> Vec<InboxEntry> {
    let envelope = &event.envelope;
    let takers = app.registry().workers().into_iter().filter(|one| {
        one.channel == event.channel
            && one.event.event_type.answers_to(&envelope.name)
            && (one.channel == Channel::Internal || one.event.event_type.source == envelope.source)
    });
    takers
        .map(|one| InboxEntry {
            subscriber: one.name,
            source: envelope.source.clone(),
            name: one.event.event_type.name.to_owned(),
            idempotency_key: envelope.idempotency_key.clone(),
            key: envelope.key.clone(),
        })
        .collect()
}

pub(super) fn state_name(state: InboxState) -> &'static str {
    match state {
        InboxState::New => "not_handled",
        InboxState::Done => "handled",
        InboxState::Dead => "dead_letter",
        InboxState::Held => "key_held",
        InboxState::Paused => "paused",
    }
}

#[derive(Serialize)]
struct Page<'a> {
    events: Vec<Summary<'a>>,
    next: Option<i64>,
}

#[derive(Serialize)]
struct Summary<'a> {
    position: i64,
    id: String,
    channel: Channel,
    source: &'a str,
    name: &'a str,
    version: u32,
    key: Option<&'a str>,
    time: String,
    state: &'static str,
    stored_at: String,
    published_at: Option<String>,
    generation: u32,
    last_error: Option<&'a str>,
    correlation_id: String,
    causation_id: Option<String>,
    redacted: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    idempotency_key: &'a str,
    trace_parent: Option<&'a str>,
    trace_state: Option<&'a str>,
    subscribers: Vec<AtSubscriber>,
    data: &'a RawValue,
}

#[derive(Serialize)]
struct AtSubscriber {
    name: String,
    state: &'static str,
}

impl<'a> Summary<'a> {
    fn of(event: &'a StoredEvent) -> Self {
        let envelope = &event.envelope;
        Self {
            position: event.position,
            id: envelope.id.to_string(),
            channel: event.channel,
            source: &envelope.source,
            name: &envelope.name,
            version: envelope.version,
            key: envelope.key.as_deref(),
            time: rfc3339(envelope.time),
            state: event.state.as_str(),
            stored_at: rfc3339(event.stored_at),
            published_at: event.published_at.map(rfc3339),
            generation: event.generation,
            last_error: event.last_error.as_deref(),
            correlation_id: envelope.correlation_id.to_string(),
            causation_id: envelope.causation_id.map(|id| id.to_string()),
            redacted: envelope.data.get() == "null",
        }
    }
}

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.events.is_empty() {
            return writeln!(f, "no events");
        }
        let mut table = Table::new(&["POSITION", "TIME", "NAME", "KEY", "CHANNEL", "STATE", "ID"]);
        for one in &self.events {
            table.row(vec![
                one.position.to_string(),
                one.time.clone(),
                one.name.to_owned(),
                one.key.unwrap_or("-").to_owned(),
                one.channel.as_str().to_owned(),
                one.state.to_owned(),
                one.id.clone(),
            ]);
        }
        write!(f, "{table}")?;
        match self.next {
            Some(next) => writeln!(f, "\nmore: --after {next}"),
            None => Ok(()),
        }
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let one = &self.summary;
        writeln!(f, "{} version {} of {} ({})", one.name, one.version, one.source, one.channel.as_str())?;
        writeln!(f, "  id           {}", one.id)?;
        writeln!(f, "  position     {}", one.position)?;
        writeln!(f, "  key          {}", one.key.unwrap_or("-"))?;
        writeln!(f, "  act          {}", self.idempotency_key)?;
        writeln!(f, "  time         {}", one.time)?;
        writeln!(f, "  stored       {}", one.stored_at)?;
        writeln!(f, "  published    {}", one.published_at.as_deref().unwrap_or("-"))?;
        writeln!(f, "  state        {}, generation {}", one.state, one.generation)?;
        if let Some(error) = one.last_error {
            writeln!(f, "  last error   {error}")?;
        }
        writeln!(f, "  correlation  {}", one.correlation_id)?;
        writeln!(f, "  caused by    {}", one.causation_id.as_deref().unwrap_or("-"))?;
        if let Some(trace) = self.trace_parent {
            writeln!(f, "  trace        {trace}")?;
        }
        for at in &self.subscribers {
            writeln!(f, "  subscriber   {}: {}", at.name, at.state.replace('_', " "))?;
        }
        writeln!(f, "  payload      {}", if one.redacted { "(redacted)" } else { self.data.get() })
    }
}
