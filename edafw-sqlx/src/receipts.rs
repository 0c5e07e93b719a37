//! Receipts of the embedded transport: a message's position, and the token of the receive.

#[cfg(feature = "sqlite")]
use std::collections::BTreeMap;
use std::sync::Arc;

use edafw_core::{Delivered, Error, ErrorKind, Receipt};
use uuid::Uuid;

/// A fencing token that nobody else has: 62 random bits.
pub(crate) fn new_token() -> i64 {
    (Uuid::now_v7().as_u64_pair().1 & (u64::MAX >> 2)) as i64
}

/// Receipts by the receive that they come from.
#[cfg(feature = "sqlite")]
pub(crate) fn by_token(receipts: &[Receipt]) -> BTreeMap<i64, Vec<&Receipt>> {
    let mut groups: BTreeMap<i64, Vec<&Receipt>> = BTreeMap::new();
    for receipt in receipts {
        groups.entry(receipt.token).or_default().push(receipt);
    }
    groups
}

/// The position of the message behind a receipt.
pub(crate) fn position(receipt: &Receipt) -> Option<i64> {
    receipt.handle.parse().ok()
}

/// A received message.
pub(crate) fn delivered(
    queue: &Arc<str>,
    position: i64,
    lane: Option<&str>,
    body: impl Into<Arc<str>>,
    receives: i64,
    token: i64,
) -> Delivered {
    let receipt = Receipt {
        queue: Arc::clone(queue),
        handle: position.to_string().into(),
        lane: lane.map(Arc::from),
        token,
    };
    Delivered { receipt, body: body.into(), receive_count: receives as u32 }
}

/// What became of a receipt that was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// The message was held and is removed.
    Removed,
    /// There is no such message any more.
    Gone,
    /// The message is there and not held by this receipt.
    Lost,
}

impl Removal {
    /// What the transport says about it.
    pub(crate) fn answer(self) -> Result<(), Error> {
        match self {
            Self::Removed | Self::Gone => Ok(()),
            Self::Lost => {
                Err(Error::new(ErrorKind::Fenced, "the lease ended and somebody else has the message"))
            }
        }
    }

    /// What a transaction that acknowledges says about all of them: it takes effect only with what it holds.
    pub(crate) fn all_held(removals: &[Self]) -> Result<(), Error> {
        if removals.iter().all(|removal| *removal == Self::Removed) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Fenced, "another worker has taken the delivery over"))
    }
}

/// The error of a queue that nobody has declared.
pub(crate) fn no_such_queue(name: &str) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!(
            "the embedded transport has no queue `{name}`; the worker that declares it creates it at start"
        ),
    )
}
