//! Finishing what a coordinator left behind.

use std::time::Duration;

use edafw::Failure;

use super::{Coordinator, log};

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Trips that nobody had decided: not booked.
    pub given_up: usize,
    /// Prepared transactions of trips that are booked.
    pub committed: usize,
    /// Prepared transactions of trips that are not.
    pub rolled_back: usize,
}

impl Coordinator {
    /// Decides the trips that were opened `patience` ago and are open still, and finishes every prepared transaction
    /// whose trip is decided.
    ///
    /// It takes the decision away from a coordinator that is only slow: whoever writes it first decides, and the other
    /// one follows. So it may run beside coordinators, and several times at once.
    ///
    /// # Errors
    /// A database cannot be used; what was done until then is done.
    // ANCHOR: resolve
    pub async fn resolve(&self, patience: Duration) -> Result<Resolved, Failure> {
        let mut resolved =
            Resolved { given_up: self.give_up_overdue(patience).await?, ..Resolved::default() };
        for participant in [&self.hotel, &self.airline] {
            for trip_no in participant.in_doubt().await? {
                let Some(booked) = log::decision(&self.app, trip_no).await? else { continue };
                if participant.finish(trip_no, booked).await? {
                    *(if booked { &mut resolved.committed } else { &mut resolved.rolled_back }) += 1;
                }
            }
        }
        Ok(resolved)
    }
    // ANCHOR_END: resolve

    async fn give_up_overdue(&self, patience: Duration) -> Result<usize, Failure> {
        let before = self.app.clock().now_millis() - patience.as_millis() as i64;
        let mut tx = self.app.begin().await?;
        let overdue: Vec<i64> =
            sqlx::query_scalar(include_str!("sql/overdue.sql")).bind(before).fetch_all(&mut *tx).await?;
        let mut given_up = 0;
        for trip_no in overdue {
            let reason = Err("the booking was cut off");
            given_up += usize::from(log::decide(&mut tx, trip_no, reason).await?);
        }
        tx.commit().await?;
        Ok(given_up)
    }
}
