//! The first layer: which application subscribers an event has, and calling them.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use edafw_core::{Error, ErrorKind, Layer, Phase, Result};
use futures_util::FutureExt;

use crate::call::{Call, Scope};
use crate::registry::SubscriberDeclaration;

/// The application subscribers of a service, by event and phase, in the order in which they run.
#[derive(Default)]
pub(crate) struct Bus {
    by_event: HashMap<(TypeId, Phase), Vec<SubscriberDeclaration>>,
}

impl Bus {
    /// Sorts the application subscribers out of all declarations.
    pub(crate) fn new(declarations: &[SubscriberDeclaration]) -> Self {
        let mut by_event: HashMap<_, Vec<SubscriberDeclaration>> = HashMap::new();
        for declaration in declarations.iter().filter(|one| one.layer == Layer::Application) {
            by_event
                .entry(((declaration.event.type_id)(), declaration.phase))
                .or_default()
                .push(*declaration);
        }
        for subscribers in by_event.values_mut() {
            subscribers.sort_by_key(|one| (one.options.order, one.name));
        }
        Self { by_event }
    }

    /// The subscribers of an event in a phase.
    pub(crate) fn subscribers(&self, event: TypeId, phase: Phase) -> &[SubscriberDeclaration] {
        self.by_event.get(&(event, phase)).map_or(&[], Vec::as_slice)
    }
}

/// Calls a subscriber in the publisher's transaction.
pub(crate) async fn call_in_transaction(
    subscriber: &SubscriberDeclaration,
    event: &(dyn Any + Send + Sync),
    tx: &mut (dyn Any + Send),
    scope: &Scope,
) -> Result<()> {
    (subscriber.handler)(Call { event, tx: Some(tx), scope }).await.map_err(|failure| {
        let message = format!("the {} subscriber `{}` refused", subscriber.phase.as_str(), subscriber.name);
        Error::new(ErrorKind::Subscriber, message).caused_by(failure.into_error())
    })
}

/// Calls a subscriber after the transaction. Whatever becomes of it is recorded: nobody waits for it.
pub(crate) async fn call_after(
    subscriber: &SubscriberDeclaration,
    event: &(dyn Any + Send + Sync),
    scope: &Scope,
) {
    let call = (subscriber.handler)(Call { event, tx: None, scope });
    let error = match AssertUnwindSafe(call).catch_unwind().await {
        Ok(Ok(())) => return,
        Ok(Err(failure)) => failure.to_string(),
        Err(panic) => format!("panicked: {}", panic_message(&*panic)),
    };
    let (name, phase) = (subscriber.name, subscriber.phase.as_str());
    metrics::counter!("edafw_application_failures_total", "subscriber" => name, "phase" => phase)
        .increment(1);
    tracing::error!(
        subscriber = name,
        phase,
        error,
        "an application subscriber failed after the transaction"
    );
}

/// What a panic said, if it said text.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
