use edafw::external_event;
edafw::service!("shop");
#[external_event(name = "order paid", soruce = "order", key = order, upcast(1 = lift))]
struct OrderPaidV1 { order_no: u64 }
fn main() {}
