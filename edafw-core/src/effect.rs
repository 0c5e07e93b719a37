//! What became of an act at the subscribers of one database.

use std::time::SystemTime;

use crate::DeadLetterCause;

/// What became of an act at one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The subscriber's stored name.
    pub subscriber: String,
    /// How it went.
    pub state: EffectState,
}

/// How far a subscriber has come with an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectState {
    /// The effect has taken place, or was given up as the subscriber's `on_failure` says.
    Handled {
        /// When.
        at: SystemTime,
    },
    /// It is a dead letter.
    DeadLetter {
        /// Its number in the database.
        id: i64,
        /// When it was given up.
        at: SystemTime,
        /// Why.
        cause: DeadLetterCause,
        /// Attempts that were started.
        attempts: u32,
        /// What the last one said.
        error: String,
    },
    /// Attempts have started, and none has succeeded yet.
    Trying {
        /// How many.
        attempts: u32,
        /// When the first one started.
        first_at: SystemTime,
        /// Why the last one failed, where it is known.
        last_error: Option<String>,
    },
}
