edafw::service!(member);
fn main() {}
