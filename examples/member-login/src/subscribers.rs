//! What follows from a log-in. None of it is the log-in itself, so none of it is written there.

use edafw::{Failure, Sqlite, Tx, subscriber};

use crate::acts::Suspended;
use crate::events::{MemberLoggedIn, MemberLoggedOut, Reason};
use crate::session::Session;
use crate::sql;

/// No account has more log-ins than it may: the oldest ones end, in the transaction of the newest. An account
/// that may have none is not logged in at all: the error rolls the log-in back.
///
/// In the first layer, because nobody must ever see an account above its limit, not for a moment.
// ANCHOR: limit
#[subscriber(layer = application, phase = before_commit)]
async fn limit_log_ins(event: &MemberLoggedIn, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let limit: i64 =
        sqlx::query_scalar(sql!("log_in_limit")).bind(event.member_no).fetch_one(&mut **tx).await?;
    if limit == 0 {
        return Err(Failure::permanent(Suspended(event.member_no)));
    }
    let beyond: Vec<(i64, i64, String)> =
        sqlx::query_as(sql!("beyond_limit")).bind(event.member_no).bind(limit).fetch_all(&mut **tx).await?;
    for session in beyond {
        Session::from(session).end(tx, Reason::Limit).await?;
    }
    Ok(())
}
// ANCHOR_END: limit

/// The devices that a member has used, and how often.
///
/// In the second layer: a log-in need not wait for it, and it must not fail a log-in.
// ANCHOR: device
#[subscriber(layer = internal, retry(max_attempts = 20, backoff = "100ms..1m"))]
async fn record_device(event: &MemberLoggedIn, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query(sql!("record_device")).bind(event.member_no).bind(&event.device).execute(&mut **tx).await?;
    Ok(())
}
// ANCHOR_END: device

/// Whoever else was logged in on the device no longer is.
///
/// In the second layer: these are other accounts, whose rows the log-in has no business with.
// ANCHOR: others
#[subscriber(layer = internal, retry(max_attempts = 20, backoff = "100ms..1m"))]
async fn log_out_others(event: &MemberLoggedIn, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let others: Vec<(i64, i64, String)> = sqlx::query_as(sql!("others_on_device"))
        .bind(&event.device)
        .bind(event.session_no)
        .bind(event.member_no)
        .fetch_all(&mut **tx)
        .await?;
    for session in others {
        Session::from(session).end(tx, Reason::Device).await?;
    }
    Ok(())
}
// ANCHOR_END: others

/// Tells members that they were logged out, unless they did so themselves.
///
/// In the second layer, like everything that a member need not wait for.
#[subscriber(layer = internal, retry(max_attempts = 20, backoff = "100ms..1m"))]
async fn notify(event: &MemberLoggedOut, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let MemberLoggedOut { member_no, device, reason, .. } = event;
    let text = match reason {
        Reason::Asked | Reason::Again => return Ok(()),
        Reason::Limit => format!("logged out of {device}: too many log-ins"),
        Reason::Device => format!("logged out of {device}: somebody else logged in there"),
    };
    sqlx::query(sql!("notify")).bind(member_no).bind(text).execute(&mut **tx).await?;
    Ok(())
}
