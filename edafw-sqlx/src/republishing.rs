//! Which sent events are due to be sent again: the decision that all databases share.

use std::time::Duration;

use edafw_core::RepublishPolicy;

/// What a database knows about confirmations, in milliseconds of the clock that its rows go by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    pub(crate) now: i64,
    /// When the latest of the confirmed events was sent.
    pub(crate) confirmed_sent_at: i64,
    /// When the recorder was probed last.
    pub(crate) probed_at: i64,
    /// When the oldest unconfirmed event was sent, if there is one.
    pub(crate) oldest_sent_at: Option<i64>,
}

/// One round of the republisher.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) now: i64,
    /// Whether the round probes a recorder that seems to be behind.
    pub(crate) probes: bool,
    /// What was sent before goes again.
    pub(crate) sent_before: i64,
    /// What was sent before and stored before [`stored_before`](Self::stored_before) is exhausted.
    pub(crate) due_before: i64,
    pub(crate) stored_before: i64,
}

impl Gate {
    /// What is to be done now, if anything.
    ///
    /// A sent event is due when it is older than `after` and the recorder is known to be past it: it confirmed
    /// something sent later, or its queue is empty. Otherwise the recorder may just be slow, and sending
    /// everything again would only make it slower: then one batch per `after` probes whether it lives, and only
    /// what is older than `after_at_most` goes.
    pub(crate) fn round(self, policy: &RepublishPolicy, recorder_is_idle: bool) -> Option<Round> {
        let ago = |span: Duration| self.now - span.as_millis() as i64;
        let due_before = ago(policy.after);
        let oldest = self.oldest_sent_at.filter(|oldest| *oldest < due_before)?;
        let recorder_is_past =
            if recorder_is_idle { due_before } else { self.confirmed_sent_at.min(due_before) };
        let probes = oldest >= recorder_is_past;
        if probes && self.probed_at > due_before {
            return None;
        }
        let sent_before = if probes { ago(policy.after_at_most) } else { recorder_is_past };
        Some(Round {
            now: self.now,
            probes,
            sent_before,
            due_before,
            stored_before: ago(policy.exhausted_after),
        })
    }
}
