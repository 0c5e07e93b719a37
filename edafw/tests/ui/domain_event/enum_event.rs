use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "order.changed")]
enum OrderChanged { Paid, Cancelled }
fn main() {}
