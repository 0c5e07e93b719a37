//! The facts that this service announces, and those that it listens to.

use edafw::{domain_event, external_event};

/// An order was charged.
#[domain_event(name = "payment.charged", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct Charged {
    /// The order.
    pub order_no: i64,
    /// What was paid for.
    pub drink: String,
    /// In cents.
    pub amount: i64,
}

/// What other services learn of it: a receipt.
#[external_event(name = "payment.charged", version = 1, of = Charged)]
#[derive(Debug, Clone)]
pub struct ChargedV1 {
    /// The order.
    pub order_no: i64,
    /// What was paid for.
    pub drink: String,
    /// In cents.
    pub amount: i64,
}

impl From<&Charged> for ChargedV1 {
    fn from(event: &Charged) -> Self {
        Self { order_no: event.order_no, drink: event.drink.clone(), amount: event.amount }
    }
}

/// A charge was given back.
#[domain_event(name = "payment.refunded", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct Refunded {
    /// The order.
    pub order_no: i64,
    /// In cents.
    pub amount: i64,
}

/// What other services learn of it.
#[external_event(name = "payment.refunded", version = 1, of = Refunded)]
#[derive(Debug, Clone)]
pub struct RefundedV1 {
    /// The order.
    pub order_no: i64,
    /// In cents.
    pub amount: i64,
}

impl From<&Refunded> for RefundedV1 {
    fn from(event: &Refunded) -> Self {
        Self { order_no: event.order_no, amount: event.amount }
    }
}

/// A drink was ordered.
#[external_event(name = "order.placed", version = 1, source = "order")]
#[derive(Debug, Clone)]
pub struct OrderPlacedV1 {
    /// The order.
    pub order_no: i64,
    /// What was ordered.
    pub drink: String,
    /// For how much, in cents.
    pub price: i64,
}

/// A drink could not be made.
#[external_event(name = "kitchen.making-failed", version = 1, source = "kitchen")]
#[derive(Debug, Clone)]
pub struct MakingFailedV1 {
    /// The order.
    pub order_no: i64,
}
