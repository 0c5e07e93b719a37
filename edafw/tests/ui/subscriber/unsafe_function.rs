use edafw::{Failure, domain_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
#[subscriber(layer = internal)]
async unsafe fn mail(_: &OrderPaid) -> Result<(), Failure> { Ok(()) }
fn main() {}
