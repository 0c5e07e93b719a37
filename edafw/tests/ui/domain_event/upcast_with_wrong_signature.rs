use edafw::domain_event;
edafw::service!("shop");
fn lift(data: String) -> Result<String, edafw::Failure> { Ok(data) }
#[domain_event(name = "order.paid", version = 2, upcast(1 = lift))]
struct OrderPaid { order_no: u64 }
fn main() {}
