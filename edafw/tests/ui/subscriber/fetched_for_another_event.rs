use edafw::{Envelope, Failure, Fetch, Fetched, external_event, subscriber};
edafw::service!("family");
#[external_event(name = "member.left", version = 1, source = "member", zero_payload)]
struct LeftV1 { member_no: u64 }
#[external_event(name = "member.joined", version = 1, source = "member", zero_payload)]
struct JoinedV1 { member_no: u64 }
struct Member;
impl Fetch<JoinedV1> for Member {
    type Owner = ();
    async fn fetch(_: &Envelope<JoinedV1>, _: &()) -> Result<Option<Self>, Failure> { Ok(None) }
}
#[subscriber(layer = external)]
async fn leave(_: &LeftV1, _: Option<Fetched<Member>>) -> Result<(), Failure> { Ok(()) }
fn main() {}
