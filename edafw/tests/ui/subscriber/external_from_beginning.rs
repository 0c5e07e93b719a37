use edafw::{Failure, external_event, subscriber};
edafw::service!("shop");
#[external_event(name = "order.paid", version = 1, source = "orders", key = order_no)]
struct OrderPaidV1 { order_no: u64 }
#[subscriber(layer = external, from = beginning)]
async fn mail(_: &OrderPaidV1) -> Result<(), Failure> { Ok(()) }
fn main() {}
