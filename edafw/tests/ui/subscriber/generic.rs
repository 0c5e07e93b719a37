use edafw::{Failure, subscriber};
edafw::service!("shop");
#[subscriber(layer = internal)]
async fn mail<E>(_: &E) -> Result<(), Failure> { Ok(()) }
fn main() {}
