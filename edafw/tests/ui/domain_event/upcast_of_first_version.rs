use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid", upcast(1 = lift))]
struct OrderPaid { order_no: u64 }
fn main() {}
