//! The facts that this service announces, and those that it listens to.

use edafw::{domain_event, external_event};

/// A drink was ordered.
#[domain_event(name = "order.placed", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct OrderPlaced {
    /// The order.
    pub order_no: i64,
    /// What was ordered.
    pub drink: String,
    /// For how much, in cents: what the menu said at that moment.
    pub price: i64,
}

/// What other services learn of it.
#[external_event(name = "order.placed", version = 1, of = OrderPlaced)]
#[derive(Debug, Clone)]
pub struct OrderPlacedV1 {
    /// The order.
    pub order_no: i64,
    /// What was ordered.
    pub drink: String,
    /// For how much, in cents.
    pub price: i64,
}

impl From<&OrderPlaced> for OrderPlacedV1 {
    fn from(event: &OrderPlaced) -> Self {
        Self { order_no: event.order_no, drink: event.drink.clone(), price: event.price }
    }
}

/// An order was cancelled.
#[domain_event(name = "order.cancelled", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct OrderCancelled {
    /// The order.
    pub order_no: i64,
    /// Why.
    pub reason: String,
}

/// A drink has a price now.
#[external_event(name = "menu.drink-priced", version = 1, source = "menu")]
#[derive(Debug, Clone)]
pub struct DrinkPricedV1 {
    /// The drink.
    pub drink: String,
    /// In cents.
    pub price: i64,
}

/// A drink could not be made.
#[external_event(name = "kitchen.making-failed", version = 1, source = "kitchen")]
#[derive(Debug, Clone)]
pub struct MakingFailedV1 {
    /// The order.
    pub order_no: i64,
    /// Why.
    pub reason: String,
}

/// The payment of an order was refunded.
#[external_event(name = "payment.refunded", version = 1, source = "payment")]
#[derive(Debug, Clone)]
pub struct RefundedV1 {
    /// The order.
    pub order_no: i64,
    /// In cents.
    pub amount: i64,
}

/// A drink was served.
#[external_event(name = "counter.drink-served", version = 1, source = "counter")]
#[derive(Debug, Clone)]
pub struct DrinkServedV1 {
    /// The order.
    pub order_no: i64,
}
