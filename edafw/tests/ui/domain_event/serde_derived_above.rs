use edafw::domain_event;
edafw::service!("shop");
#[derive(serde::Serialize, serde::Deserialize)]
#[domain_event(name = "order.paid")]
struct OrderPaid { order_no: u64 }
fn main() {}
