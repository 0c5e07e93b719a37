use edafw::domain_event;
edafw::service!("shop");
#[domain_event(nmae = "order.paid", name = "order.paid", topic = "orders")]
struct OrderPaid { order_no: u64 }
fn main() {}
