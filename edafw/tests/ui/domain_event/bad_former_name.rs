use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid", formerly = ["order paid", "order.paid"])]
struct OrderPaid { order_no: u64 }
fn main() {}
