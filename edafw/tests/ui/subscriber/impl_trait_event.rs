use edafw::{Failure, subscriber};
edafw::service!("shop");
#[subscriber(layer = internal)]
async fn mail(_: &impl Send) -> Result<(), Failure> { Ok(()) }
fn main() {}
