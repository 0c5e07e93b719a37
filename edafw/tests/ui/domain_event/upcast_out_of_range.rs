use edafw::domain_event;
edafw::service!("shop");
fn lift(data: serde_json::Value) -> Result<serde_json::Value, edafw::Failure> { Ok(data) }
#[domain_event(name = "order.paid", version = 2, upcast(1 = lift, 2 = lift))]
struct OrderPaid { order_no: u64 }
fn main() {}
