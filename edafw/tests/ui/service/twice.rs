edafw::service!("member");
edafw::service!("order");
fn main() {}
