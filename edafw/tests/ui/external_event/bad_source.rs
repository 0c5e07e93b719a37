use edafw::external_event;
edafw::service!("shop");
#[external_event(name = "order.paid", version = 1, source = "Order Service")]
struct OrderPaidV1 { order_no: u64 }
fn main() {}
