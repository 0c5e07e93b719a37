use edafw::{Failure, Delivery, domain_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
#[subscriber(layer = application, phase = after_commit)]
async fn mail(_: &OrderPaid, _: Delivery) -> Result<(), Failure> { Ok(()) }
fn main() {}
