//! Whether what must hold does hold.

use edafw::{App, Sqlite};

use crate::acts::ActError;
use crate::sql;

/// What breaks the rules, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Audit {
    /// Members with more log-ins than their account may have. 0 at every moment.
    pub members_above_limit: i64,
    /// Devices on which several members are logged in. 0 once everything is delivered, like all that follows.
    pub shared_devices: i64,
    /// Members' devices that were not recorded once for each log-in.
    pub wrong_devices: i64,
    /// Members who were logged out and not told so, or told so more than once.
    pub wrong_notices: i64,
}

impl Audit {
    /// Counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(app: &App<Sqlite>) -> Result<Self, ActError> {
        let mut tx = app.begin().await?;
        let (members_above_limit, shared_devices, wrong_devices, wrong_notices) =
            sqlx::query_as(sql!("audit")).fetch_one(&mut *tx).await?;
        tx.rollback().await;
        Ok(Self { members_above_limit, shared_devices, wrong_devices, wrong_notices })
    }
}
