use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid", version = 2, upcast(lift))]
struct OrderPaid { order_no: u64 }
fn main() {}
