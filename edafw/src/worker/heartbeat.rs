//! Keeping leases while handlers run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edafw_core::{Receipt, Transport};
use tokio_util::sync::CancellationToken;

/// The messages that a consumer holds. A lease that could not be extended is not yet lost: only the fence
/// decides. A delivery that learns that somebody else has it is cancelled.
pub(crate) struct Heartbeat {
    transport: Arc<dyn Transport>,
    lease: Duration,
    held: Mutex<HashMap<Receipt, CancellationToken>>,
}

impl Heartbeat {
    pub(crate) fn new(transport: Arc<dyn Transport>, lease: Duration) -> Self {
        Self { transport, lease, held: Mutex::default() }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Receipt, CancellationToken>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to extend the leases of these.
    pub(crate) fn hold<'a>(&self, receipts: impl Iterator<Item = &'a Receipt>) {
        self.held().extend(receipts.map(|receipt| (receipt.clone(), CancellationToken::new())));
    }

    /// Stops extending the leases of these.
    pub(crate) fn let_go<'a>(&self, receipts: impl Iterator<Item = &'a Receipt>) {
        let mut held = self.held();
        for receipt in receipts {
            held.remove(receipt);
        }
    }

    /// Cancelled when somebody else has the message.
    pub(crate) fn lost(&self, receipt: &Receipt) -> CancellationToken {
        self.held().get(receipt).cloned().unwrap_or_default()
    }

    /// Which of these are held now.
    pub(crate) fn held_of(&self, receipts: &[Receipt]) -> Vec<Receipt> {
        let held = self.held();
        receipts.iter().filter(|receipt| held.contains_key(receipt)).cloned().collect()
    }

    /// What is held now.
    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        self.held().keys().cloned().collect()
    }

    /// Extends leases when a third of them has passed, for ever.
    pub(crate) async fn run(&self) {
        let Some(power) = self.transport.extend_lease() else { return std::future::pending().await };
        loop {
            tokio::time::sleep(self.lease / 3).await;
            let receipts = self.receipts();
            if receipts.is_empty() {
                continue;
            }
            match power.extend(&receipts, self.lease).await {
                Ok(lost) => {
                    let held = self.held();
                    lost.iter().filter_map(|receipt| held.get(receipt)).for_each(CancellationToken::cancel);
                }
                // Whoever receives or handles says that something is away, once.
                Err(error) => tracing::debug!(error = error.chain(), "could not extend leases; trying again"),
            }
        }
    }
}
