use edafw::domain_event;
edafw::service!("shop");
#[domain_event]
struct DayClosed;
fn main() {}
