//! `crate = ..` where the facade goes by another name.
mod vendored {
    pub use edafw as events;
}
edafw::service!("shop");

#[edafw::domain_event(name = "order.paid", key = order_no, crate = crate::vendored::events)]
struct OrderPaid {
    order_no: u64,
}

#[edafw::external_event(name = "order.paid", version = 1, of = OrderPaid, zero_payload, crate = vendored::events)]
struct OrderPaidV1 {
    order_no: u64,
}

#[edafw::subscriber(layer = internal, crate = crate::vendored::events)]
async fn mail(_: &OrderPaid) -> Result<(), edafw::Failure> {
    Ok(())
}

fn main() {}
