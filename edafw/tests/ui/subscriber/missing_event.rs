use edafw::{Failure, subscriber};
edafw::service!("shop");
#[subscriber(layer = internal)]
async fn mail() -> Result<(), Failure> { Ok(()) }
fn main() {}
