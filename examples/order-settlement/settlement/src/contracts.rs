//! What the settlement knows of the shop: as much as it needs, declared again.

use edafw::external_event;

/// An order was paid.
#[external_event(name = "order.paid", version = 1, source = "shop")]
#[derive(Debug, Clone)]
pub struct OrderPaidV1 {
    /// The order.
    pub order_no: i64,
    /// Who has sold.
    pub merchant: String,
    /// In cents.
    pub amount: i64,
}

/// A paid order was refunded.
#[external_event(name = "order.refunded", version = 1, source = "shop")]
#[derive(Debug, Clone)]
pub struct OrderRefundedV1 {
    /// The order.
    pub order_no: i64,
}
