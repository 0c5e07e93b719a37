use edafw::domain_event;
edafw::service!("shop");
#[domain_event(nme = "Order", key = (order, ordr_no), version = 0, formerly = 7)]
struct OrderPaid { order_no: u64 }
fn main() {}
