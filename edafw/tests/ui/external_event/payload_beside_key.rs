use edafw::external_event;
edafw::service!("shop");
#[external_event(name = "order.paid", version = 1, source = "order", key = order_no, zero_payload)]
struct OrderPaidV1 { order_no: u64, total: u64 }
fn main() {}
