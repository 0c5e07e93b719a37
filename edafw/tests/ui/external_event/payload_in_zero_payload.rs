use edafw::{domain_event, external_event};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64, total: u64 }
#[external_event(name = "order.paid", version = 1, of = OrderPaid, zero_payload)]
struct OrderPaidV1 { order_no: u64, total: u64 }
fn main() {}
