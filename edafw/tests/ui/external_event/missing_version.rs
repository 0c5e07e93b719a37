use edafw::external_event;
edafw::service!("shop");
#[external_event(name = "order.paid", source = "order")]
struct OrderPaidV1 { order_no: u64 }
fn main() {}
