edafw::service!();
fn main() {}
