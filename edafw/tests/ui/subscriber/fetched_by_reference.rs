use edafw::{Failure, Fetched, domain_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
#[subscriber(layer = internal)]
async fn mail(_: &OrderPaid, _: &Fetched<u64>) -> Result<(), Failure> { Ok(()) }
fn main() {}
