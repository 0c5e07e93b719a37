//! What `doctor` looks at once the schema fits.

use std::collections::BTreeMap;

use edafw_core::{
    Backend, DeadLetterFilter, DeliveryStore, Drift, EventQuery, EventState, EventStore, Result,
};

use super::Finding;
use crate::App;
use crate::app::{RECORDER, queue_name};
use crate::catalogue::duration;
use crate::cli::drift::Difference;

/// Rows looked at per check, at most: a report of more says "or more".
const MOST: usize = 1_000;

pub(super) async fn all<B: Backend>(app: &App<B>, findings: &mut Vec<Finding>) -> Result<()> {
    transport_changed(app, findings).await?;
    let recorder_is_bound = topology(app, findings).await?;
    unconfirmed(app, recorder_is_bound, findings).await?;
    exhausted(app, findings).await?;
    dead_letters(app, findings).await?;
    paused(app, findings).await
}

async fn transport_changed<B: Backend>(app: &App<B>, findings: &mut Vec<Finding>) -> Result<()> {
    for left in app.left_behind().await? {
        findings.push(Finding::error(
            "transport",
            format!(
                "the transport changed while {} deliveries waited in the embedded queue {}; workers refuse to start",
                left.messages, left.queue
            ),
            "stop the workers of the old configuration, then start with `run --drain embedded:`",
        ));
    }
    for former in app.former_transports().await? {
        findings.push(Finding::error(
            "transport",
            format!(
                "the transport changed: workers have used {} for {} events, and deliveries may wait there; workers refuse \
                 to start",
                former.place,
                former.channels()
            ),
            "stop the workers of the old configuration, then start with `run --drain URL`, or with `run \
             --abandon-former` if nothing is left there",
        ));
    }
    Ok(())
}

/// Compares queues and bindings; answers whether every recorder gets what it should.
async fn topology<B: Backend>(app: &App<B>, findings: &mut Vec<Finding>) -> Result<bool> {
    let recorder = queue_name(app.service(), RECORDER);
    // What was left behind has been told in its own words.
    let left = app.left_behind().await?;
    let mut recorder_is_bound = true;
    for provisioned in app.drift().await? {
        for drift in &provisioned.drift {
            if matches!(drift, Drift::MissingQueue { queue } | Drift::MissingBinding { queue, .. } if *queue == recorder)
            {
                recorder_is_bound = false;
            }
            let difference = Difference::of(drift);
            let what = format!("{}: {difference}", provisioned.transport);
            match drift {
                Drift::UndeclaredQueue { messages: 0, .. } => {}
                Drift::UndeclaredQueue { queue, .. } if left.iter().any(|one| one.queue == *queue) => {}
                Drift::UndeclaredQueue { queue, messages } => findings.push(Finding::warning(
                    "undeclared_queue",
                    format!("queue {queue} holds {messages} messages, and no subscriber of this binary takes them"),
                    "if its subscriber was renamed, declare `formerly = \"..\"`; if it was removed, its messages can go",
                )),
                _ => findings.push(Finding::error(
                    "topology",
                    what,
                    "run `provision apply`, or start a worker that may; then `events reconcile` what was missed",
                )),
            }
        }
    }
    Ok(recorder_is_bound)
}

async fn unconfirmed<B: Backend>(
    app: &App<B>,
    recorder_is_bound: bool,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let after = app.settings().republish.after;
    let now = app.clock().now();
    let overdue = |state| EventQuery {
        state: Some(state),
        until: now.checked_sub(after),
        limit: Some(MOST),
        ..EventQuery::default()
    };
    let sent = app.store().events(&overdue(EventState::Sent)).await?.len();
    if sent > 0 {
        let remedy = if recorder_is_bound {
            "a running worker sends them again; if none runs, start one; if one does, look at its log"
        } else {
            "the recorder's subscription is missing: run `provision apply`; they are sent again by themselves"
        };
        findings.push(Finding::error(
            "unconfirmed",
            format!("{} events were sent and not confirmed for {}", many(sent), duration(after)),
            remedy,
        ));
    }
    let stored = app.store().events(&overdue(EventState::Stored)).await?;
    if !stored.is_empty() {
        let why = stored.iter().find_map(|event| event.last_error.as_deref());
        let why = why.map_or_else(String::new, |error| format!("; the transport said: {error}"));
        findings.push(Finding::error(
            "unsent",
            format!("{} events wait to be sent for {}{why}", many(stored.len()), duration(after)),
            "start a worker; if one runs, look at its log",
        ));
    }
    Ok(())
}

async fn exhausted<B: Backend>(app: &App<B>, findings: &mut Vec<Finding>) -> Result<()> {
    let query = EventQuery { state: Some(EventState::Exhausted), limit: Some(MOST), ..EventQuery::default() };
    let events = app.store().events(&query).await?.len();
    if events > 0 {
        findings.push(Finding::error(
            "exhausted",
            format!("{} events were sent again until the republisher gave up", many(events)),
            "mend what keeps them from the recorder, then run `events republish --all-unconfirmed`",
        ));
    }
    Ok(())
}

/// Dead letters by subscriber, and the keys that they hold.
async fn dead_letters<B: Backend>(app: &App<B>, findings: &mut Vec<Finding>) -> Result<()> {
    let filter = DeadLetterFilter { limit: Some(MOST), ..DeadLetterFilter::default() };
    let letters = app.store().dead_letters(&filter).await?;
    let mut by_subscriber: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for dead in &letters {
        let entry = &dead.letter.entry;
        let (count, held) = by_subscriber.entry(entry.subscriber.to_string()).or_default();
        *count += 1;
        if dead.letter.holds_key {
            held.extend(entry.key.clone());
        }
    }
    if letters.len() == MOST {
        findings.push(Finding::warning(
            "dead_letters",
            format!("there are {MOST} dead letters or more; the oldest {MOST} are counted below"),
            "see `dead-letters list`",
        ));
    }
    for (subscriber, (count, mut held)) in by_subscriber {
        findings.push(Finding::warning(
            "dead_letters",
            format!("`{subscriber}` has {count} dead letters"),
            format!("see `dead-letters list --subscriber {subscriber}`, then `dead-letters retry` or `discard` them"),
        ));
        held.sort();
        held.dedup();
        if !held.is_empty() {
            let (keys, more) = (held.len(), if held.len() > 5 { ", .." } else { "" });
            held.truncate(5);
            findings.push(Finding::error(
                "held_keys",
                format!(
                    "`{subscriber}` holds {keys} keys, whose later events wait: {}{more}",
                    held.join(", ")
                ),
                format!("retry the dead letters, or give up on a key with `keys skip {subscriber} KEY`"),
            ));
        }
    }
    Ok(())
}

async fn paused<B: Backend>(app: &App<B>, findings: &mut Vec<Finding>) -> Result<()> {
    for name in app.store().paused().await? {
        findings.push(Finding::warning(
            "paused",
            format!("`{name}` is paused; its deliveries wait"),
            format!("`subscribers resume {name}` when it may run again"),
        ));
    }
    Ok(())
}

fn many(count: usize) -> String {
    if count >= MOST { format!("{count} or more") } else { count.to_string() }
}
