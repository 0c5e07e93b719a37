//! The facts that the shop announces.

use edafw::{domain_event, external_event};

/// An order was paid.
#[domain_event(name = "order.paid", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct OrderPaid {
    /// The order; what happened to it reaches every subscriber in order.
    pub order_no: i64,
    /// Who paid.
    pub customer: String,
    /// Who has sold.
    pub merchant: String,
    /// In cents.
    pub amount: i64,
}

/// A paid order was refunded, as a whole.
#[domain_event(name = "order.refunded", key = order_no, idempotency_key = order_no)]
#[derive(Debug, Clone)]
pub struct OrderRefunded {
    /// The order.
    pub order_no: i64,
    /// Who has the money back.
    pub customer: String,
    /// Who had sold.
    pub merchant: String,
    /// In cents.
    pub amount: i64,
}

// ANCHOR: contract
/// What other systems learn of a payment. It says what was true at that moment and stays true: nobody needs to ask
/// the shop for it. The customer is nobody else's business.
#[external_event(name = "order.paid", version = 1, of = OrderPaid)]
#[derive(Debug, Clone)]
pub struct OrderPaidV1 {
    /// The order.
    pub order_no: i64,
    /// Who has sold.
    pub merchant: String,
    /// In cents.
    pub amount: i64,
}

impl From<&OrderPaid> for OrderPaidV1 {
    fn from(event: &OrderPaid) -> Self {
        Self { order_no: event.order_no, merchant: event.merchant.clone(), amount: event.amount }
    }
}
// ANCHOR_END: contract

/// What other systems learn of a refund.
#[external_event(name = "order.refunded", version = 1, of = OrderRefunded)]
#[derive(Debug, Clone)]
pub struct OrderRefundedV1 {
    /// The order.
    pub order_no: i64,
    /// Who had sold.
    pub merchant: String,
    /// In cents.
    pub amount: i64,
}

impl From<&OrderRefunded> for OrderRefundedV1 {
    fn from(event: &OrderRefunded) -> Self {
        Self { order_no: event.order_no, merchant: event.merchant.clone(), amount: event.amount }
    }
}
