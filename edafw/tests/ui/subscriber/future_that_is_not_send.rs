use edafw::{Failure, domain_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
#[subscriber(layer = internal)]
async fn mail(_: &OrderPaid) -> Result<(), Failure> {
    let counter = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(counter);
    Ok(())
}
fn main() {}
