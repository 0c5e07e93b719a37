//! Many members who are verified, join families, and whose verification is reset, at the same time.

use std::ops::Range;

use fastrand::Rng;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use processes::ClientError;

use crate::services::Clients;
use crate::story::{join, reset, sign_up, verify};

/// How many members there are.
pub(crate) const MEMBERS: usize = 12;

/// How many families they may join.
pub(crate) const FAMILIES: usize = 3;

/// How many act at a time.
pub(crate) const AT_A_TIME: usize = 4;

/// The members, signed up.
#[derive(Debug)]
pub(crate) struct Crowd {
    members: Vec<i64>,
    seed: u64,
}

impl Crowd {
    /// Members whose identity nobody has verified yet.
    ///
    /// # Errors
    /// The member service refused one, or never answered.
    pub(crate) async fn sign_up(clients: &Clients, seed: u64) -> Result<Self, ClientError> {
        let mut members = Vec::with_capacity(MEMBERS);
        for number in 1..=MEMBERS {
            members.push(sign_up(clients, &format!("member {number}")).await?.member_no);
        }
        Ok(Self { members, seed })
    }

    /// The acts of these numbers: the seed says who does what.
    ///
    /// # Errors
    /// A service refused what it should not, or never answered.
    pub(crate) async fn act(&self, clients: &Clients, numbers: Range<i64>) -> Result<(), ClientError> {
        let acts = stream::iter(numbers).map(|number| self.one_act(clients, number));
        acts.buffer_unordered(AT_A_TIME).try_collect().await
    }

    async fn one_act(&self, clients: &Clients, number: i64) -> Result<(), ClientError> {
        let mut rng = Rng::with_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let member = rng.usize(..MEMBERS);
        let member_no = self.members[member];
        match rng.usize(..10) {
            0..4 => drop(verify(clients, member_no).await?),
            // Who is not verified is refused, and so is whom a reset comes in between.
            4..7 => drop(join(clients, self.members[member % FAMILIES], member_no).await?),
            _ => drop(reset(clients, member_no).await?),
        }
        Ok(())
    }
}
