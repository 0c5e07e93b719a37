use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.paid")]
fn order_paid() {}
fn main() {}
