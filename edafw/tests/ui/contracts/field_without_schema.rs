use edafw::{domain_event, external_event};
edafw::service!("shop");
#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Money { cents: u64 }
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64, total: Money }
#[external_event(name = "order.paid", version = 1, of = OrderPaid)]
struct OrderPaidV1 { order_no: u64, total: Money }
impl From<&OrderPaid> for OrderPaidV1 {
    fn from(event: &OrderPaid) -> Self { Self { order_no: event.order_no, total: event.total.clone() } }
}
fn main() {}
