use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "OrderPaid", key = order_no)]
struct OrderPaid { order_no: u64 }
fn main() {}
