use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid", name = "order.settled")]
struct OrderPaid { order_no: u64 }
fn main() {}
