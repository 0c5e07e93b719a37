use edafw::{domain_event, external_event};
edafw::service!("shop");
#[domain_event(name = "day.closed")]
struct DayClosed { day: u32 }
#[external_event(name = "day.closed", version = 1, of = DayClosed, zero_payload)]
struct DayClosedV1 { day: u32 }
fn main() {}
