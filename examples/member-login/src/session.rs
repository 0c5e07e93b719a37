//! A time of being logged in.

use edafw::{Sqlite, Tx};

use crate::acts::ActError;
use crate::events::{MemberLoggedOut, Reason};
use crate::sql;

/// A session that has not ended: its number, whose it is, on which device.
#[derive(Debug)]
pub(crate) struct Session {
    number: i64,
    member_no: i64,
    device: String,
}

impl From<(i64, i64, String)> for Session {
    fn from((number, member_no, device): (i64, i64, String)) -> Self {
        Self { number, member_no, device }
    }
}

impl Session {
    /// Ends it, and publishes that.
    pub(crate) async fn end(self, tx: &mut Tx<Sqlite>, reason: Reason) -> Result<(), ActError> {
        let Self { number, member_no, device } = self;
        sqlx::query(sql!("end_session")).bind(number).bind(reason.as_str()).execute(&mut **tx).await?;
        tx.publish(MemberLoggedOut { member_no, device, session_no: number, reason }).await?;
        Ok(())
    }
}
