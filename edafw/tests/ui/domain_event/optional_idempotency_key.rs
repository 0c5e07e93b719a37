use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid", idempotency_key = order_no)]
struct OrderPaid { order_no: Option<u64> }
fn main() {}
