//! The acts of the domain: signing up, logging in, logging out.

use std::error::Error as _;

use edafw::{App, ErrorKind, Sqlite, Tx};

use crate::events::{MemberLoggedIn, Reason};
use crate::session::Session;
use crate::sql;

/// Log-ins that an account may have at the same time, at most.
pub const MOST_LOG_INS: i64 = 100;

/// Characters that the name of a device may have, at most.
pub const DEVICE_CHARS: usize = 100;

/// Why an act did not take place.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Nobody has this number.
    #[error("there is no member {0}")]
    NoMember(i64),
    /// There is no such session, or it has ended.
    #[error("there is no session {0}, or it has ended")]
    NoSession(i64),
    /// The name of the device cannot be used.
    #[error("the name of a device has 1 to {DEVICE_CHARS} characters; this one has {0}")]
    Device(usize),
    /// The limit cannot be used.
    #[error("the limit of log-ins lies between 0 (suspended) and {MOST_LOG_INS}; this one is {0}")]
    Limit(i64),
    /// The account may not be used.
    #[error(transparent)]
    Suspended(#[from] Suspended),
    /// The event could not be published, or the transaction not committed.
    #[error("{}", .0.chain())]
    Publish(edafw::Error),
    /// The tables could not be read or written.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// No log-in is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the account of member {0} is suspended: its limit of log-ins is 0")]
pub struct Suspended(pub i64);

impl From<edafw::Error> for ActError {
    /// What a subscriber in the transaction refused is no failure: the member is told its reason.
    fn from(error: edafw::Error) -> Self {
        let reason = error.source().and_then(|source| source.downcast_ref::<Suspended>());
        match reason {
            Some(suspended) if error.kind() == ErrorKind::Subscriber => Self::Suspended(*suspended),
            _ => Self::Publish(error),
        }
    }
}

/// A new account, which may be logged in on `limit` devices at the same time; 0 suspends it. Answers its number.
///
/// # Errors
/// The limit cannot be used, or the database failed.
pub async fn sign_up(app: &App<Sqlite>, limit: i64) -> Result<i64, ActError> {
    if !(0..=MOST_LOG_INS).contains(&limit) {
        return Err(ActError::Limit(limit));
    }
    let mut tx = app.begin().await?;
    let member_no = sqlx::query_scalar(sql!("sign_up")).bind(limit).fetch_one(&mut *tx).await?;
    tx.commit().await?;
    Ok(member_no)
}

/// Logs a member in on a device. Answers the number of the session.
///
/// # Errors
/// There is no such member, the device has no usable name, the account is suspended, or the database failed.
// ANCHOR: log_in
pub async fn log_in(app: &App<Sqlite>, member_no: i64, device: &str) -> Result<i64, ActError> {
    let mut tx = app.begin().await?;
    match begin_session(&mut tx, member_no, device).await {
        Ok(session_no) => {
            tx.publish(MemberLoggedIn { member_no, device: device.to_owned(), session_no }).await?;
            tx.commit().await?;
            Ok(session_no)
        }
        Err(error) => {
            tx.rollback().await;
            Err(error)
        }
    }
}
// ANCHOR_END: log_in

/// A member who logs in again on the same device has one session there, the new one.
async fn begin_session(tx: &mut Tx<Sqlite>, member_no: i64, device: &str) -> Result<i64, ActError> {
    if !(1..=DEVICE_CHARS).contains(&device.chars().count()) {
        return Err(ActError::Device(device.chars().count()));
    }
    let limit: Option<i64> =
        sqlx::query_scalar(sql!("log_in_limit")).bind(member_no).fetch_optional(&mut **tx).await?;
    limit.ok_or(ActError::NoMember(member_no))?;
    let before: Option<(i64, i64, String)> =
        sqlx::query_as(sql!("own_on_device")).bind(member_no).bind(device).fetch_optional(&mut **tx).await?;
    if let Some(before) = before {
        Session::from(before).end(tx, Reason::Again).await?;
    }
    Ok(sqlx::query_scalar(sql!("begin_session")).bind(member_no).bind(device).fetch_one(&mut **tx).await?)
}

/// Logs a member out.
///
/// # Errors
/// There is no such session, or the database failed.
pub async fn log_out(app: &App<Sqlite>, session_no: i64) -> Result<(), ActError> {
    let mut tx = app.begin().await?;
    let session: Option<(i64, i64, String)> =
        sqlx::query_as(sql!("session")).bind(session_no).fetch_optional(&mut *tx).await?;
    let Some(session) = session else {
        tx.rollback().await;
        return Err(ActError::NoSession(session_no));
    };
    Session::from(session).end(&mut tx, Reason::Asked).await?;
    tx.commit().await?;
    Ok(())
}
