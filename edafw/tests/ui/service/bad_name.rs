edafw::service!("Member Service");
fn main() {}
