//! A small service with everything in it.

use std::process::ExitCode;

use edafw::{Delivery, Envelope, Failed, Failure, Publication, Tx, domain_event, external_event, subscriber};
use edafw_e2e::child::{self, Act, append_line, effect, options, wait_for_line};

use crate::Db;

#[domain_event(name = "actor.happened", key = key)]
struct Happened {
    no: i64,
    key: i64,
}

#[domain_event(name = "actor.ordered", key = key, idempotency_key = no)]
struct Ordered {
    no: i64,
    key: i64,
}

#[domain_event(name = "actor.followed", key = key)]
struct Followed {
    no: i64,
    key: i64,
}

#[external_event(name = "actor.happened", version = 1, of = Happened)]
struct HappenedV1 {
    no: i64,
    key: i64,
}

impl From<&Happened> for HappenedV1 {
    fn from(event: &Happened) -> Self {
        Self { no: event.no, key: event.key }
    }
}

#[subscriber(layer = internal, retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn ledger(event: &Happened, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn order_ledger(event: &Ordered, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn follow_up(event: &Happened, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    tx.publish(Followed { no: event.no, key: event.key }).await?;
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn followed(event: &Followed, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, queue = "pair", retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn pair_one(event: &Happened, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, queue = "pair", retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn pair_two(event: &Happened, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, ordering = none, retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn unordered(event: &Happened, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

/// Gives some events up at once.
#[subscriber(layer = internal, share_commit = false)]
async fn refuses(event: &Ordered, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await?;
    if event.no % 20 == 15 { Err(Failure::permanent("refused")) } else { Ok(()) }
}

/// An act was not to be: what `regrets` says of those that it gives up.
#[domain_event(name = "actor.regretted", key = key)]
struct Regretted {
    key: i64,
    error: String,
}

impl From<Failed<'_, Ordered>> for Regretted {
    fn from(failed: Failed<'_, Ordered>) -> Self {
        Self { key: failed.envelope.data.key, error: failed.error.to_owned() }
    }
}

/// Says of some acts that they were not to be.
#[subscriber(layer = internal, on_failure = publish(Regretted), retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn regrets(event: &Ordered, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await?;
    if event.no % 20 == 15 { Err(Failure::permanent("regretted")) } else { Ok(()) }
}

/// Undoes what the same flow has done before, as the history tells it.
#[subscriber(layer = internal, retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn compensate(event: &Envelope<Regretted>, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    if !event.data.error.ends_with("regretted") {
        return Err(Failure::permanent(format!("another cause: {}", event.data.error)));
    }
    for ordered in tx.history().flow(event.correlation_id).of::<Ordered>().all().await? {
        if event.causation_id != Some(ordered.id) {
            return Err(Failure::permanent("another act of the same flow"));
        }
        effect(tx, &delivery, ordered.data.no, ordered.data.key).await?;
    }
    Ok(())
}

/// Has no transaction: its effect takes place at least once.
#[subscriber(layer = internal, share_commit = false, concurrency = 4)]
async fn call(event: &Ordered, delivery: Delivery) -> Result<(), Failure> {
    if options().wait {
        wait_for_line(format!("handles {} attempt {}", event.no, delivery.attempt)).await?;
    }
    append_line("calls", &event.no.to_string())?;
    Ok(())
}

/// Never happens: its subscriber makes a worker that does nothing but the framework's own work.
#[domain_event(name = "actor.nothing-happened")]
struct NothingHappened {}

#[subscriber(layer = internal)]
async fn nobody(_event: &NothingHappened) -> Result<(), Failure> {
    Ok(())
}

fn publish<'a>(
    tx: &'a mut Tx<Db>,
    act: Act,
) -> std::pin::Pin<Box<dyn Future<Output = edafw::Result<Publication>> + Send + 'a>> {
    Box::pin(async move {
        let Act { no, key } = act;
        if act.is_declared() {
            tx.publish(Ordered { no, key }).await
        } else {
            tx.publish(Happened { no, key }).await
        }
    })
}

pub(crate) fn main() -> ExitCode {
    let builder = child::builder::<Db>("actor");
    let builder = match std::env::var("ACTOR_ONLY").as_deref() {
        Ok("ledger") => builder.without_linked().subscriber::<ledger>(),
        Ok("nobody") => builder.without_linked().subscriber::<nobody>(),
        _ => builder,
    };
    child::main(builder, Some(publish))
}
