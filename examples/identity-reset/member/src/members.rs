//! The acts of the domain: signing up, verifying an identity, resetting the verification.

use edafw::{App, Sqlite, Tx};
use serde::{Deserialize, Serialize};

use crate::events::{IdentityReset, IdentityVerified};
use crate::sql;

/// Characters that a name may have, at most.
pub const NAME_CHARS: usize = 100;

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The number.
    pub member_no: i64,
    /// The name.
    pub name: String,
    /// Whether the identity is verified.
    pub verified: bool,
    /// How often it was verified: the number of the last verification.
    pub verification: i64,
}

/// Why an act did not take place.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Nobody has this number.
    #[error("there is no member {0}")]
    Unknown(i64),
    /// The name cannot be used.
    #[error("a name has 1 to {NAME_CHARS} characters; this one has {0}")]
    Name(usize),
    /// The event could not be published, or the transaction not committed.
    #[error("{}", .0.chain())]
    Event(#[from] edafw::Error),
    /// The table could not be read or written.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// A new member, whose identity nobody has verified yet.
///
/// # Errors
/// The name cannot be used, or the database failed.
pub async fn sign_up(app: &App<Sqlite>, name: &str) -> Result<Member, MemberError> {
    if !(1..=NAME_CHARS).contains(&name.chars().count()) {
        return Err(MemberError::Name(name.chars().count()));
    }
    let mut tx = app.begin().await?;
    let member_no = sqlx::query_scalar(sql!("sign_up")).bind(name).fetch_one(&mut *tx).await?;
    tx.commit().await?;
    Ok(Member { member_no, name: name.to_owned(), verified: false, verification: 0 })
}

/// A member as it is at present.
///
/// # Errors
/// There is no such member, or the database failed.
pub async fn member(app: &App<Sqlite>, member_no: i64) -> Result<Member, MemberError> {
    let mut tx = app.begin().await?;
    let member = find(&mut tx, member_no).await;
    tx.rollback().await;
    member
}

/// Verifies a member's identity. Where it is verified, nothing happens.
///
/// # Errors
/// There is no such member, or the database failed.
pub async fn verify(app: &App<Sqlite>, member_no: i64) -> Result<Member, MemberError> {
    change(app, member_no, true).await
}

/// Resets the verification of a member's identity. Where it is not verified, nothing happens.
///
/// # Errors
/// There is no such member, or the database failed.
pub async fn reset(app: &App<Sqlite>, member_no: i64) -> Result<Member, MemberError> {
    change(app, member_no, false).await
}

async fn change(app: &App<Sqlite>, member_no: i64, verified: bool) -> Result<Member, MemberError> {
    let mut tx = app.begin().await?;
    let member = match find(&mut tx, member_no).await {
        Ok(member) if member.verified != verified => member,
        unchanged => {
            tx.rollback().await;
            return unchanged;
        }
    };
    let verification = member.verification + i64::from(verified);
    let change = sqlx::query(sql!("change")).bind(member_no).bind(verified).bind(verification);
    change.execute(&mut *tx).await?;
    if verified {
        tx.publish(IdentityVerified { member_no, verification }).await?;
    } else {
        tx.publish(IdentityReset { member_no, verification }).await?;
    }
    tx.commit().await?;
    Ok(Member { verified, verification, ..member })
}

async fn find(tx: &mut Tx<Sqlite>, member_no: i64) -> Result<Member, MemberError> {
    let found = sqlx::query_as(sql!("find")).bind(member_no).fetch_optional(&mut **tx).await?;
    let (name, verified, verification) = found.ok_or(MemberError::Unknown(member_no))?;
    Ok(Member { member_no, name, verified, verification })
}
