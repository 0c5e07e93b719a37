use edafw::{Failure, Envelope, domain_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
#[subscriber(layer = internal)]
async fn mail(_: &[Envelope<OrderPaid>]) -> Result<(), Failure> { Ok(()) }
fn main() {}
