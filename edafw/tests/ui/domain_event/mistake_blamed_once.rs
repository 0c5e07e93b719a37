use edafw::{domain_event, external_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "Order", key = order_no)]
struct OrderPaid { order_no: u64 }
#[external_event(name = "order.paid", version = 1, of = OrderPaid, zero_payload)]
struct OrderPaidV1 { order_no: u64 }
#[subscriber(layer = internal, nam = "mail")]
async fn mail(_: &OrderPaid) -> Result<(), edafw::Failure> { Ok(()) }
fn named<S: edafw::__private::Subscriber>() {}
fn start() { named::<mail>() }
fn main() {}
