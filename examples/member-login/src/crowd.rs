//! Many members who log in at the same time, on too few devices.

use std::ops::Range;

use fastrand::Rng;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use member_login::http::{LogIn, LoggedIn};
use processes::{Client, ClientError};
use reqwest::Method;

use crate::story::sign_up;

/// How many members there are.
pub(crate) const MEMBERS: usize = 20;

/// How many devices there are, which everybody uses.
pub(crate) const DEVICES: usize = 10;

/// How many log in at a time.
pub(crate) const AT_A_TIME: usize = 4;

/// The members, signed up.
#[derive(Debug)]
pub(crate) struct Crowd {
    members: Vec<i64>,
    seed: u64,
}

impl Crowd {
    /// Members who may be logged in on 1 to 3 devices.
    ///
    /// # Errors
    /// The service refused one, or never answered.
    pub(crate) async fn sign_up(client: &Client, seed: u64) -> Result<Self, ClientError> {
        let mut members = Vec::with_capacity(MEMBERS);
        for limit in (1..=3).cycle().take(MEMBERS) {
            members.push(sign_up(client, limit).await?);
        }
        Ok(Self { members, seed })
    }

    /// The log-ins of these numbers: the seed says who logs in where. One that is not answered is made again, and
    /// the member may then have logged in twice.
    ///
    /// # Errors
    /// The service refused one, or never answered.
    pub(crate) async fn log_in(&self, client: &Client, numbers: Range<i64>) -> Result<(), ClientError> {
        let log_ins = stream::iter(numbers).map(|number| async move {
            let mut rng = Rng::with_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
            let device = format!("device {}", rng.usize(..DEVICES));
            let body = LogIn { member_no: self.members[rng.usize(..MEMBERS)], device };
            let _: LoggedIn = client.ask(Method::POST, "/sessions", &body).await?;
            Ok(())
        });
        log_ins.buffer_unordered(AT_A_TIME).try_collect().await
    }
}
