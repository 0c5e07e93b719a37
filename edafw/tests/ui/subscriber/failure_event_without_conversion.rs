use edafw::{Failure, domain_event, subscriber};
edafw::service!("shop");
#[domain_event(name = "order.paid", key = order_no)]
struct OrderPaid { order_no: u64 }
#[domain_event(name = "mail.failed", key = order_no)]
struct MailFailed { order_no: u64 }
#[subscriber(layer = internal, on_failure = publish(MailFailed))]
async fn mail(_: &OrderPaid) -> Result<(), Failure> { Ok(()) }
fn main() {}
