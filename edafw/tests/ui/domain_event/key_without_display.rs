use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: OrderNo }
#[derive(serde::Serialize, serde::Deserialize)]
struct OrderNo(u64);
fn main() {}
