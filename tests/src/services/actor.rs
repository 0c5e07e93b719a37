//! A small service with everything in it.

use std::process::ExitCode;

use edafw::{Delivery, Failure, Publication, Tx, domain_event, external_event, subscriber};
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
