//! The facts that the kitchen announces, and the one that it listens to.

use edafw::{domain_event, external_event};

/// A drink was made.
#[domain_event(name = "kitchen.drink-made", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct DrinkMade {
    /// The order.
    pub order_no: i64,
    /// What was made.
    pub drink: String,
}

/// What other services learn of it.
#[external_event(name = "kitchen.drink-made", version = 1, of = DrinkMade)]
#[derive(Debug, Clone)]
pub struct DrinkMadeV1 {
    /// The order.
    pub order_no: i64,
    /// What was made.
    pub drink: String,
}

impl From<&DrinkMade> for DrinkMadeV1 {
    fn from(event: &DrinkMade) -> Self {
        Self { order_no: event.order_no, drink: event.drink.clone() }
    }
}

// ANCHOR: failed
/// A drink that was paid could not be made.
#[domain_event(name = "kitchen.making-failed", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct MakingFailed {
    /// The order.
    pub order_no: i64,
    /// Why, as the last attempt has said.
    pub reason: String,
}

impl From<edafw::Failed<'_, ChargedV1>> for MakingFailed {
    fn from(failed: edafw::Failed<'_, ChargedV1>) -> Self {
        Self { order_no: failed.envelope.data.order_no, reason: failed.error.to_owned() }
    }
}
// ANCHOR_END: failed

/// What other services learn of it: the services of earlier steps compensate.
#[external_event(name = "kitchen.making-failed", version = 1, of = MakingFailed)]
#[derive(Debug, Clone)]
pub struct MakingFailedV1 {
    /// The order.
    pub order_no: i64,
    /// Why.
    pub reason: String,
}

impl From<&MakingFailed> for MakingFailedV1 {
    fn from(event: &MakingFailed) -> Self {
        Self { order_no: event.order_no, reason: event.reason.clone() }
    }
}

/// Not enough is left for another one of a drink.
#[domain_event(name = "kitchen.ran-out", key = drink)]
#[derive(Debug, Clone)]
pub struct RanOut {
    /// The drink.
    pub drink: String,
}

/// What other services learn of it.
#[external_event(name = "kitchen.ran-out", version = 1, of = RanOut, zero_payload)]
#[derive(Debug, Clone)]
pub struct RanOutV1 {
    /// The drink.
    pub drink: String,
}

/// An order was charged.
#[external_event(name = "payment.charged", version = 1, source = "payment")]
#[derive(Debug, Clone)]
pub struct ChargedV1 {
    /// The order.
    pub order_no: i64,
    /// What was paid for.
    pub drink: String,
}
