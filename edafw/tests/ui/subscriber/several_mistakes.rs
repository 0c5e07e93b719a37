use edafw::{State, domain_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
#[subscriber(layer = internal, phase = in_transaction, order = 1, retry(backoff = "x"), nam = "mail")]
fn mail(_: OrderPaid, _: &State<String>) {}
fn main() {}
