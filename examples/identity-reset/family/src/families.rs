//! The acts of the domain: joining a family, and leaving it.

use edafw::App;
use uuid::Uuid;

use crate::database::Database;
use crate::events::{MemberJoined, MemberLeft, Reason};
use crate::member_service::{Member, MemberService, NoAnswer};
use crate::sql;

/// Why an act did not take place.
#[derive(Debug, thiserror::Error)]
pub enum FamilyError {
    /// The member service knows no such member.
    #[error("there is no member {0}")]
    Unknown(i64),
    /// The member's identity is not verified.
    #[error("the identity of member {0} is not verified")]
    NotVerified(i64),
    /// A member belongs to one family at most.
    #[error("member {member_no} belongs to family {family_no}")]
    Elsewhere {
        /// Who.
        member_no: i64,
        /// To which family.
        family_no: i64,
    },
    /// Something came in between; asking again will tell.
    #[error(
        "the verification of member {0} was reset meanwhile, or somebody else asked for the same; ask again"
    )]
    Overtaken(i64),
    /// The member service does not say what is needed; it may later.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// The event could not be published, or the transaction not committed.
    #[error("{}", .0.chain())]
    Event(#[from] edafw::Error),
    /// The table could not be read or written.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// An attempt to join a family.
///
/// It is written down before the member service is asked. A verification that is reset after the answer was given
/// thus finds the attempt, and ends it: nobody joins on the strength of an answer that no longer holds.
#[derive(Debug)]
pub struct Joining {
    family_no: i64,
    member_no: i64,
    /// Which attempt it is.
    token: String,
}

/// Has a member join a family. A member of the family stays one.
///
/// # Errors
/// The member may not join, the member service does not answer, or the database failed.
// ANCHOR: join
pub async fn join(
    app: &App<Database>,
    members: &MemberService,
    family_no: i64,
    member_no: i64,
) -> Result<(), FamilyError> {
    let Some(joining) = Joining::begin(app, family_no, member_no).await? else { return Ok(()) };
    // No transaction is open while the answer is waited for.
    let member = members.member(member_no).await?;
    joining.end(app, member).await
}
// ANCHOR_END: join

impl Joining {
    /// Writes the attempt down; `None` where the member belongs to the family.
    ///
    /// # Errors
    /// The member belongs to another family, or the database failed.
    pub async fn begin(
        app: &App<Database>,
        family_no: i64,
        member_no: i64,
    ) -> Result<Option<Self>, FamilyError> {
        let token = Uuid::now_v7().to_string();
        let mut tx = app.begin().await?;
        let attempt = sqlx::query(sql!("begin_joining")).bind(member_no).bind(family_no).bind(&token);
        attempt.execute(&mut *tx).await?;
        let belongs: Option<i64> =
            sqlx::query_scalar(sql!("family_of")).bind(member_no).fetch_optional(&mut *tx).await?;
        tx.commit().await?;
        match belongs {
            None => Ok(Some(Self { family_no, member_no, token })),
            Some(other) if other == family_no => Ok(None),
            Some(family_no) => Err(FamilyError::Elsewhere { member_no, family_no }),
        }
    }

    /// Ends the attempt by what the member service has answered.
    ///
    /// # Errors
    /// The member may not join, something came in between, or the database failed.
    pub async fn end(self, app: &App<Database>, answer: Option<Member>) -> Result<(), FamilyError> {
        let Self { family_no, member_no, token } = self;
        let mut tx = app.begin().await?;
        let Some(member) = answer.filter(|member| member.verified) else {
            sqlx::query(sql!("give_up_joining")).bind(member_no).bind(token).execute(&mut *tx).await?;
            tx.commit().await?;
            return Err(match answer {
                Some(_) => FamilyError::NotVerified(member_no),
                None => FamilyError::Unknown(member_no),
            });
        };
        let end = sqlx::query(sql!("end_joining")).bind(member_no).bind(token).bind(member.verification);
        if end.execute(&mut *tx).await?.rows_affected() == 0 {
            tx.rollback().await;
            return Err(FamilyError::Overtaken(member_no));
        }
        tx.publish(MemberJoined { family_no, member_no }).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Has a member leave a family. Who does not belong to it still does not.
///
/// # Errors
/// The database failed.
pub async fn leave(app: &App<Database>, family_no: i64, member_no: i64) -> Result<(), FamilyError> {
    let mut tx = app.begin().await?;
    let left = sqlx::query(sql!("leave")).bind(member_no).bind(family_no).execute(&mut *tx).await?;
    if left.rows_affected() > 0 {
        tx.publish(MemberLeft { family_no, member_no, reason: Reason::Asked }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Who belongs to a family.
///
/// # Errors
/// The database failed.
pub async fn members(app: &App<Database>, family_no: i64) -> Result<Vec<i64>, FamilyError> {
    let mut tx = app.begin().await?;
    let members = sqlx::query_scalar(sql!("members_of")).bind(family_no).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(members)
}

/// Who belongs to any family: the member, and the number of the verification that the member joined with.
///
/// # Errors
/// The database failed.
pub async fn memberships(app: &App<Database>) -> Result<Vec<(i64, i64)>, FamilyError> {
    let mut tx = app.begin().await?;
    let memberships = sqlx::query_as(sql!("memberships")).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(memberships)
}
