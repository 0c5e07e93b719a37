use edafw::external_event;
edafw::service!("shop");
struct Order { order_no: u64 }
#[external_event(name = "order.paid", version = 1, of = Order, zero_payload)]
struct OrderPaidV1 { order_no: u64 }
fn main() {}
