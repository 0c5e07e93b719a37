//! What makes an event published.

use edafw_core::{Backend, Error, Result};

use super::{App, RECORDER, queue_name};
use crate::worker::place;

/// When an event counts as published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confirmation {
    /// When the recorder has polled it back from a queue of its own: the way from the topic to the queues works.
    #[default]
    Recorder,
    /// When the queues have accepted it. Only where they are in the service's own database, on SQLite or PostgreSQL:
    /// there one transaction puts the event into every queue that is bound to it and marks it, and saves the message to
    /// the recorder. A queue that nobody bound goes unnoticed.
    Acceptance,
}

impl<B: Backend> App<B> {
    /// The recorder's queue, where acceptance is confirmation: it is passed over.
    pub(crate) fn passed_over(&self) -> Option<String> {
        let accepts = self.settings().confirmation == Confirmation::Acceptance;
        accepts.then(|| queue_name(self.service(), RECORDER))
    }

    /// # Errors
    /// Acceptance is to be confirmation, and the queues are not in the service's own database.
    pub(super) fn check_confirmation(&self) -> Result<()> {
        if self.passed_over().is_none() || self.own_queues().is_some() {
            return Ok(());
        }
        let places: Vec<String> = self.transports().iter().map(|(one, _)| place(&***one)).collect();
        Err(Error::configuration(format!(
            "`confirmation` cannot be `Acceptance` with {}: that needs the queues in the service's own database, on SQLite \
             or PostgreSQL; leave it at `Recorder`",
            places.join(" and ")
        )))
    }
}
