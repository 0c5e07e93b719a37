use edafw::external_event;
edafw::service!("shop");
#[external_event(name = "order.paid", version = 1, source = "order")]
struct OrderPaid { order_no: u64 }
#[external_event(name = "order.paid", version = 2, of = OrderPaid)]
struct OrderPaidV2 { order_no: u64 }
impl From<&OrderPaid> for OrderPaidV2 {
    fn from(event: &OrderPaid) -> Self { Self { order_no: event.order_no } }
}
fn main() {}
