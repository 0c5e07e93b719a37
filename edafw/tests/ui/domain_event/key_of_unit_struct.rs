use edafw::domain_event;
edafw::service!("shop");
#[domain_event(name = "day.closed", key = day)]
struct DayClosed;
fn main() {}
