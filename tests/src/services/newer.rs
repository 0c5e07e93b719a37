//! The actor a release later: an event with a second version, another event, a subscriber that starts at the
//! beginning.

use std::process::ExitCode;

use edafw::{Delivery, Failure, Publication, Tx, domain_event, subscriber};
use edafw_e2e::child::{self, Act, effect};

use crate::Db;

#[domain_event(name = "actor.happened", version = 2, key = key, upcast(1 = with_place))]
struct Happened {
    no: i64,
    key: i64,
    place: String,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of an upcaster")]
fn with_place(mut data: serde_json::Value) -> Result<serde_json::Value, Failure> {
    data["place"] = "unknown".into();
    Ok(data)
}

#[domain_event(name = "actor.added", key = key, idempotency_key = no)]
struct Added {
    no: i64,
    key: i64,
}

#[subscriber(layer = internal)]
async fn ledger(event: &Happened, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, queue = "pair")]
async fn pair_one(event: &Happened, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, queue = "pair")]
async fn pair_three(event: &Added, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

#[subscriber(layer = internal, from = beginning)]
async fn latecomer(event: &Happened, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    if event.place.is_empty() {
        return Err(Failure::permanent("a version without a place"));
    }
    effect(tx, &delivery, event.no, event.key).await
}

fn publish<'a>(
    tx: &'a mut Tx<Db>,
    act: Act,
) -> std::pin::Pin<Box<dyn Future<Output = edafw::Result<Publication>> + Send + 'a>> {
    Box::pin(async move {
        let Act { no, key } = act;
        if act.is_declared() {
            tx.publish(Added { no, key }).await
        } else {
            tx.publish(Happened { no, key, place: "here".to_owned() }).await
        }
    })
}

pub(crate) fn main() -> ExitCode {
    child::main(child::builder::<Db>("actor"), Some(publish))
}
