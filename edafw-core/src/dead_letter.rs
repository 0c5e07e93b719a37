//! Events that a subscriber could not handle, kept until somebody decides.

use std::time::SystemTime;

use crate::InboxEntry;

/// Why an event became a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeadLetterCause {
    /// Its last attempt failed.
    AttemptsExhausted,
    /// An attempt failed in a way that trying again cannot mend.
    Permanent,
    /// Its attempts ended without an answer: they took the process down.
    Crashed,
    /// It could not be decoded at a version that is known.
    Undecodable,
    /// Its name or version stayed unknown for longer than `unknown_after`.
    Unknown,
}

impl DeadLetterCause {
    /// Every cause.
    pub const ALL: [Self; 5] =
        [Self::AttemptsExhausted, Self::Permanent, Self::Crashed, Self::Undecodable, Self::Unknown];

    /// The name as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AttemptsExhausted => "attempts-exhausted",
            Self::Permanent => "permanent",
            Self::Crashed => "crashed",
            Self::Undecodable => "undecodable",
            Self::Unknown => "unknown",
        }
    }

    /// Reads a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == name)
    }
}

/// A dead letter to be kept.
#[derive(Debug, Clone)]
pub struct NewDeadLetter {
    /// Whose it is.
    pub entry: InboxEntry,
    /// The queue that it came from and goes back to.
    pub queue: String,
    /// The original bytes.
    pub body: String,
    /// Why.
    pub cause: DeadLetterCause,
    /// What the last attempt said.
    pub error: String,
    /// Attempts that were started.
    pub attempts: u32,
    /// Whether the later events of its key wait for it.
    pub holds_key: bool,
}

/// A kept dead letter.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// Its number in this database.
    pub id: i64,
    /// When it was given up.
    pub at: SystemTime,
    /// The rest.
    pub letter: NewDeadLetter,
}

/// Which dead letters to list; every field that is set narrows the selection.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterFilter {
    /// Only this one.
    pub id: Option<i64>,
    /// Only of this subscriber.
    pub subscriber: Option<String>,
    /// Only of this key.
    pub key: Option<String>,
    /// Only behind this number: the last one of the page before.
    pub after: Option<i64>,
    /// How many, at most. `None` for 100.
    pub limit: Option<usize>,
}
