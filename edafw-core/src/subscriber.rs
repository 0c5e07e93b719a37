//! What a subscriber can say about itself.

/// Where a subscriber stands: in the publisher's process, in this system, or in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// First layer: in the publisher's process, bound to a phase of its transaction.
    Application,
    /// Second layer: in this system's worker, with a queue and a transaction of its own.
    Internal,
    /// Third layer: in another system's worker, on events that are a contract.
    External,
}

impl Layer {
    /// The name as annotations and commands write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Internal => "internal",
            Self::External => "external",
        }
    }
}

/// When, seen from the publisher's transaction, a subscriber runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Inside `publish`, in the transaction; an error is returned by `publish`.
    InTransaction,
    /// At `commit`, in the transaction, before COMMIT; an error rolls back.
    BeforeCommit,
    /// After COMMIT succeeded. The only phase of the internal and external layers.
    AfterCommit,
    /// After the transaction was rolled back by error, call or drop.
    AfterRollback,
    /// After either, and where the outcome is unknown.
    AfterCompletion,
}

impl Phase {
    /// The name as annotations and commands write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InTransaction => "in_transaction",
            Self::BeforeCommit => "before_commit",
            Self::AfterCommit => "after_commit",
            Self::AfterRollback => "after_rollback",
            Self::AfterCompletion => "after_completion",
        }
    }
}

/// What happens when the last attempt has failed, or an attempt failed permanently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The event is kept as a dead letter, to be retried or discarded by hand. The default.
    #[default]
    DeadLetter,
    /// The event is given up for this subscriber, with a trace and a metric.
    Ignore,
    /// A failure event is published in the transaction that gives the event up.
    Publish,
}

/// What a dead letter does to the later events of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AfterDeadLetter {
    /// They flow on: the dead letter leaves the order. The default.
    #[default]
    Continue,
    /// They wait until the dead letter is retried or discarded.
    Hold,
}

/// Whether a subscriber gets the events of one key one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ordering {
    /// In the order in which their transactions committed. The default.
    #[default]
    Key,
    /// In any order, for throughput.
    None,
}
