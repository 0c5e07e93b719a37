use edafw::{Failure, subscriber};
edafw::service!("shop");
struct Order;
#[subscriber(layer = internal)]
async fn mail(_: &Order) -> Result<(), Failure> { Ok(()) }
fn main() {}
