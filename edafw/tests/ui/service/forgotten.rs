use edafw::domain_event;
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
fn main() {}
