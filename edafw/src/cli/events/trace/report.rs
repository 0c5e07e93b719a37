//! What `events trace` prints.

use std::fmt::{Display, Formatter};
use std::time::{Duration, SystemTime};

use edafw_core::{Channel, Effect, EffectState};
use serde::Serialize;

use super::flow::{Flow, Place, Reached, Step, What};
use crate::cli::output::{Table, rfc3339};

#[derive(Serialize)]
pub(super) struct Report<'a> {
    correlation_id: String,
    /// When the first event was stored, and when the last thing happened that is known of.
    began: String,
    ended: String,
    #[serde(skip)]
    took: Duration,
    databases: Vec<&'a str>,
    /// Whether there are more events than were asked for.
    is_cut_off: bool,
    events: Vec<Event<'a>>,
}

/// An event, behind the one that caused it.
#[derive(Serialize)]
struct Event<'a> {
    depth: usize,
    id: String,
    causation_id: Option<String>,
    source: &'a str,
    name: &'a str,
    version: u32,
    channel: Channel,
    key: Option<&'a str>,
    time: String,
    stored_at: String,
    published_at: Option<String>,
    #[serde(skip)]
    published_after: Option<Duration>,
    state: &'static str,
    last_error: Option<&'a str>,
    database: &'a str,
    subscribers: Vec<AtSubscriber<'a>>,
}

/// What became of it at one subscriber.
#[derive(Serialize)]
struct AtSubscriber<'a> {
    name: &'a str,
    database: &'a str,
    outcome: &'static str,
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> Report<'a> {
    pub(super) fn of(flow: &'a Flow, places: &'a [Place]) -> Self {
        let stored = flow.steps.iter().map(|step| step.event.stored_at);
        let began = stored.clone().min().unwrap_or(SystemTime::UNIX_EPOCH);
        let published = flow.steps.iter().filter_map(|step| step.event.published_at);
        let done = flow.steps.iter().flat_map(|step| &step.reached).filter_map(|one| at(&one.what));
        let ended = stored.chain(published).chain(done).max().unwrap_or(began);
        Self {
            correlation_id: flow.correlation_id.to_string(),
            began: rfc3339(began),
            ended: rfc3339(ended),
            took: ended.duration_since(began).unwrap_or_default(),
            databases: places.iter().map(|place| place.service.as_str()).collect(),
            is_cut_off: flow.is_cut_off,
            events: flow.steps.iter().map(|step| Event::of(step, places)).collect(),
        }
    }
}

fn at(what: &What) -> Option<SystemTime> {
    let What::Known(effect) = what else { return None };
    Some(match effect.state {
        EffectState::Handled { at } | EffectState::DeadLetter { at, .. } => at,
        EffectState::Trying { first_at, .. } => first_at,
    })
}

impl<'a> Event<'a> {
    fn of(step: &'a Step, places: &'a [Place]) -> Self {
        let Step { depth, event, place, reached } = step;
        let envelope = &event.envelope;
        Self {
            depth: *depth,
            id: envelope.id.to_string(),
            causation_id: envelope.causation_id.map(|id| id.to_string()),
            source: &envelope.source,
            name: &envelope.name,
            version: envelope.version,
            channel: event.channel,
            key: envelope.key.as_deref(),
            time: rfc3339(envelope.time),
            stored_at: rfc3339(event.stored_at),
            published_at: event.published_at.map(rfc3339),
            published_after: event.published_at.and_then(|at| at.duration_since(event.stored_at).ok()),
            state: event.state.as_str(),
            last_error: event.last_error.as_deref(),
            database: &places[*place].service,
            subscribers: reached.iter().map(|one| AtSubscriber::of(one, places)).collect(),
        }
    }

    fn outcome(&self) -> String {
        match (self.published_after, self.last_error) {
            (Some(after), _) => format!("published after {}", seconds(after)),
            (None, Some(error)) => format!("{}; the last send failed: {}", self.state, first_line(error)),
            (None, None) => self.state.to_owned(),
        }
    }
}

impl<'a> AtSubscriber<'a> {
    fn of(reached: &'a Reached, places: &'a [Place]) -> Self {
        let database = places[reached.place].service.as_str();
        let mut one = Self {
            name: "",
            database,
            outcome: "",
            at: at(&reached.what).map(rfc3339),
            attempts: None,
            dead_letter: None,
            cause: None,
            error: None,
        };
        match &reached.what {
            What::Nothing(subscriber, state) => (one.name, one.outcome) = (subscriber, state),
            What::Known(Effect { subscriber, state }) => {
                one.name = subscriber;
                match state {
                    EffectState::Handled { .. } => one.outcome = "handled",
                    EffectState::DeadLetter { id, cause, attempts, error, .. } => {
                        one.outcome = "dead_letter";
                        (one.dead_letter, one.cause) = (Some(*id), Some(cause.as_str()));
                        (one.attempts, one.error) = (Some(*attempts), Some(error.as_str()));
                    }
                    EffectState::Trying { attempts, last_error, .. } => {
                        one.outcome = "retrying";
                        (one.attempts, one.error) = (Some(*attempts), last_error.as_deref());
                    }
                }
            }
        }
        one
    }

    fn outcome_for_people(&self) -> String {
        let error = self.error.map(|error| format!(": {}", first_line(error))).unwrap_or_default();
        match (self.dead_letter, self.attempts) {
            (Some(id), Some(attempts)) => format!("dead letter {id} after {}{error}", counted(attempts)),
            (None, Some(attempts)) => format!("retrying after {}{error}", counted(attempts)),
            _ => self.outcome.replace('_', " "),
        }
    }
}

fn counted(attempts: u32) -> String {
    if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { correlation_id, began, took, events, .. } = self;
        writeln!(f, "act {correlation_id}")?;
        let events_of =
            if events.len() == 1 { "1 event".to_owned() } else { format!("{} events", events.len()) };
        writeln!(f, "  began {began}, took {}, {events_of}\n", seconds(*took))?;
        let mut table = Table::new(&["WHAT", "KEY", "AT", "OUTCOME"]);
        for one in events {
            let indent = "  ".repeat(one.depth);
            let channel = match one.channel {
                Channel::Internal => "",
                Channel::External => ", external",
            };
            table.row(vec![
                format!("{indent}{} v{} of {}{channel}", one.name, one.version, one.source),
                one.key.unwrap_or("-").to_owned(),
                one.stored_at.clone(),
                one.outcome(),
            ]);
            for at in &one.subscribers {
                // In a service of its own name no place has to be told.
                let place = match self.databases.len() {
                    1 => String::new(),
                    _ => format!(" of {}", at.database),
                };
                table.row(vec![
                    format!("{indent}  > {}{place}", at.name),
                    String::new(),
                    at.at.clone().unwrap_or_else(|| "-".to_owned()),
                    at.outcome_for_people(),
                ]);
            }
        }
        write!(f, "{table}")?;
        if self.is_cut_off {
            writeln!(f, "\nThere are more events: --limit N")?;
        }
        Ok(())
    }
}
