//! Another service, with a database of its own: it subscribes to the actor's contract.

use std::process::ExitCode;

use edafw::{Delivery, Failure, Tx, external_event, subscriber};
use edafw_e2e::child::{self, effect};

use crate::Db;

#[external_event(name = "actor.happened", version = 1, source = "actor", key = key)]
struct HappenedV1 {
    no: i64,
    key: i64,
}

#[subscriber(layer = external, retry(max_attempts = 5, backoff = "5ms..20ms"))]
async fn listen(event: &HappenedV1, tx: &mut Tx<Db>, delivery: Delivery) -> Result<(), Failure> {
    effect(tx, &delivery, event.no, event.key).await
}

pub(crate) fn main() -> ExitCode {
    child::main(child::builder::<Db>("listener"), None)
}
