//! The fixtures of the conformance suite.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{BoxFuture, ManualClock, Transport};
use edafw_sqs::Topics;
use edafw_testkit::{TransportFixture, TransportTraits};

#[cfg(feature = "test-account")]
use crate::account::Account as Ground;
#[cfg(not(feature = "test-account"))]
use crate::support::place::Place as Ground;

/// FIFO topics and queues.
pub(crate) struct Fifo(Ground);

/// Standard topics and queues.
pub(crate) struct Standard(Ground);

/// Whether it is AWS itself.
const IN_ACCOUNT: bool = cfg!(feature = "test-account");

/// What both are.
const TRAITS: TransportTraits = TransportTraits {
    // A receipt is refused once its lease has ended, or accepted without effect: AWS promises neither.
    fences: false,
    // Every receive counts.
    uncounts_releases: false,
    knows_its_queues: true,
    orders: true,
    // A FIFO queue refuses a receipt whose lease has ended.
    keeps_late_receipts: false,
    // A message group waits as a whole.
    delays_single_messages: false,
    // It takes as many as it can of one message group.
    mixes_keys: false,
    // What is sent is JSON text, which has none.
    takes_control_characters: false,
    moment: Duration::from_secs(if IN_ACCOUNT { 4 } else { 1 }),
    // On the way from SNS a message takes some time; an emulator has it at once.
    wait: Duration::from_secs(if IN_ACCOUNT { 3 } else { 0 }),
    lease: Duration::from_secs(if IN_ACCOUNT { 20 } else { 4 }),
};

macro_rules! fixture {
    ($place:ident, $topics:expr, $traits:expr) => {
        impl TransportFixture for $place {
            const TRAITS: TransportTraits = $traits;

            fn create() -> BoxFuture<'static, Self> {
                Box::pin(async { Self(Ground::new($topics)) })
            }

            fn connect<'a>(&'a self, _: &'a Arc<ManualClock>) -> BoxFuture<'a, Arc<dyn Transport>> {
                Box::pin(async { Arc::new(self.0.handle().await) as Arc<dyn Transport> })
            }

            fn pass<'a>(&'a self, _: &'a ManualClock, by: Duration) -> BoxFuture<'a, ()> {
                Box::pin(async move {
                    tokio::time::interval_at(
                        tokio::time::Instant::now() + by,
                        by.max(Duration::from_nanos(1)),
                    )
                    .tick()
                    .await;
                })
            }

            fn check(&self) -> BoxFuture<'_, ()> {
                Box::pin(async {})
            }
        }
    };
}

fixture!(Fifo, Topics::Fifo, TRAITS);
fixture!(Standard, Topics::Standard, TransportTraits { orders: false, ..TRAITS });
