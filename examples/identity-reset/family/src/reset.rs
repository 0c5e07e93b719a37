//! What follows here when the verification of a member's identity was reset over there.

use edafw::{Failure, Fetched, Tx, subscriber};

use crate::database::Database;
use crate::events::{IdentityResetV1, MemberLeft, Reason};
use crate::member_service::Member;
use crate::sql;

/// A member who joined with a verification that was reset leaves the family, even if verified again meanwhile.
///
/// A member service that is away for a week is still asked. One that knows no such member ends the matter at once: a
/// dead letter, for somebody to look at.
// ANCHOR: leave
#[subscriber(layer = external, retry(max_attempts = 10_000, backoff = "100ms..1m"))]
async fn leave_family(
    event: &IdentityResetV1,
    member: Fetched<Member>,
    tx: &mut Tx<Database>,
) -> Result<(), Failure> {
    let counts_from = member.verification + i64::from(!member.verified);
    let left: Option<(i64, bool)> = sqlx::query_as(sql!("leave_after_reset"))
        .bind(event.member_no)
        .bind(counts_from)
        .fetch_optional(&mut **tx)
        .await?;
    if let Some((family_no, true)) = left {
        let reason = Reason::IdentityReset;
        tx.publish(MemberLeft { family_no, member_no: event.member_no, reason }).await?;
    }
    Ok(())
}
// ANCHOR_END: leave
