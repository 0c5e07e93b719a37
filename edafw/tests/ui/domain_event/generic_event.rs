use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid")]
struct OrderPaid<T> { order: T }
fn main() {}
