use edafw::{Failure, Fetched, external_event, subscriber};
edafw::service!("family");
#[external_event(name = "member.identity-reset", version = 1, source = "member", zero_payload)]
struct IdentityResetV1 { member_no: u64 }
struct Member;
#[subscriber(layer = external)]
async fn leave(_: &IdentityResetV1, _: Fetched<Member>) -> Result<(), Failure> { Ok(()) }
fn main() {}
