use edafw::{Failure, Sqlite, Tx, domain_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
#[subscriber(layer = internal)]
async fn mail(_: &OrderPaid, _: &mut Tx<Sqlite>, _: &mut Tx<Sqlite>) -> Result<(), Failure> { Ok(()) }
fn main() {}
