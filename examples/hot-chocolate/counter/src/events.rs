//! The fact that the counter announces, and the one that it listens to.

use edafw::{domain_event, external_event};

/// A drink was served.
#[domain_event(name = "counter.drink-served", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct DrinkServed {
    /// The order.
    pub order_no: i64,
}

/// What other services learn of it.
#[external_event(name = "counter.drink-served", version = 1, of = DrinkServed, zero_payload)]
#[derive(Debug, Clone)]
pub struct DrinkServedV1 {
    /// The order.
    pub order_no: i64,
}

/// A drink was made.
#[external_event(name = "kitchen.drink-made", version = 1, source = "kitchen")]
#[derive(Debug, Clone)]
pub struct DrinkMadeV1 {
    /// The order.
    pub order_no: i64,
    /// What was made.
    pub drink: String,
}
