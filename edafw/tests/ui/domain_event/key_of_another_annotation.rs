use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid", zero_payload, source = "shop")]
struct OrderPaid { order_no: u64 }
fn main() {}
