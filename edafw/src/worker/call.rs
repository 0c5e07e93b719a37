//! Running one subscriber's work in a transaction.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use edafw_core::{Backend, Failure};
use futures_util::FutureExt;

use crate::app::Work;
use crate::call::{Arguments, Call, Delivery, Scope};
use crate::prepared::Origin;
use crate::transaction::bus::panic_message;
use crate::worker::incoming::{Incoming, Member};
use crate::{App, Tx};

/// Hands an event to the subscriber, and waits for its answer. A panic is a failure.
///
/// `event` is an `Envelope<E>`, or a `Vec<Envelope<E>>` for a subscriber that takes batches.
pub(crate) async fn call<B: Backend>(
    member: &Member,
    incoming: &Incoming,
    event: &(dyn Any + Send + Sync),
    mut tx: Option<&mut Tx<B>>,
    scope: &Scope,
) -> Result<(), Failure> {
    if let Some(tx) = tx.as_mut() {
        tx.set_holder(&member.registered.name);
    }
    let work = async {
        match &member.registered.work {
            Work::Handle(declaration) => {
                let tx = tx.map(|tx| tx as &mut (dyn Any + Send));
                (declaration.handler)(Call { event, tx, scope }).await
            }
            Work::PublishExternal(declaration) => {
                let tx = tx.ok_or_else(|| Failure::permanent("publishing needs a transaction"))?;
                let app = tx.app().clone();
                let (source, time, cause) = (app.service(), app.clock().now(), &incoming.cause());
                let prepared = (declaration.convert)(event, &Origin { source, time, cause })?;
                tx.publish_prepared(prepared).await.map(drop).map_err(Failure::from)
            }
        }
    };
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(answer) => answer,
        Err(panic) => Err(panicked(&*panic)),
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Failure {
    Failure::from(format!("panicked: {}", panic_message(panic)))
}

/// Asks the owner of the event for what the subscriber takes beside it. A panic is a failure.
pub(crate) async fn fetch(
    member: &Member,
    event: &(dyn Any + Send + Sync),
    scope: &mut Scope,
) -> Result<(), Failure> {
    let Work::Handle(declaration) = &member.registered.work else { return Ok(()) };
    for fetcher in declaration.fetchers.iter().flatten() {
        let asked = AssertUnwindSafe(fetcher(Arguments::new(event, scope))).catch_unwind().await;
        let fetched = asked.unwrap_or_else(|panic| Err(panicked(&*panic)))?;
        scope.fetched.extend(fetched);
    }
    Ok(())
}

/// Whether the work wants a transaction while it runs.
pub(crate) fn wants_transaction(member: &Member) -> bool {
    match &member.registered.work {
        Work::Handle(declaration) => declaration.database.is_some(),
        Work::PublishExternal(_) => true,
    }
}

/// What arguments by value are taken from, for one delivery.
pub(crate) fn scope<B: Backend>(app: &App<B>, member: &Member, incoming: &Incoming, attempt: u32) -> Scope {
    let mut scope = app.caused_by(incoming.cause()).scope();
    scope.delivery = Some(Delivery {
        subscriber: Arc::clone(&member.registered.name),
        queue: Arc::from(member.registered.queue.as_str()),
        attempt,
        max_attempts: member.registered.options.retry.max_attempts,
        replay: app.replay_id().cloned(),
    });
    scope
}
