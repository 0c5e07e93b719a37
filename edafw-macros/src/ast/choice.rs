//! The words that subscribers choose from.

use syn::Path;

use super::value::Choice;

/// `layer = ..`
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    Application,
    Internal,
    External,
}

impl Choice for Layer {
    const ALL: &'static [(&'static str, Self)] =
        &[("application", Self::Application), ("internal", Self::Internal), ("external", Self::External)];
}

/// `phase = ..`
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    InTransaction,
    BeforeCommit,
    AfterCommit,
    AfterRollback,
    AfterCompletion,
}

impl Choice for Phase {
    const ALL: &'static [(&'static str, Self)] = &[
        ("in_transaction", Self::InTransaction),
        ("before_commit", Self::BeforeCommit),
        ("after_commit", Self::AfterCommit),
        ("after_rollback", Self::AfterRollback),
        ("after_completion", Self::AfterCompletion),
    ];
}

/// `jitter = ..`
#[derive(Clone, Copy)]
pub(crate) enum Jitter {
    None,
    Equal,
    Full,
}

impl Choice for Jitter {
    const ALL: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("equal", Self::Equal), ("full", Self::Full)];
}

/// `after_dead_letter = ..`
#[derive(Clone, Copy)]
pub(crate) enum AfterDeadLetter {
    Continue,
    Hold,
}

impl Choice for AfterDeadLetter {
    const ALL: &'static [(&'static str, Self)] = &[("continue", Self::Continue), ("hold", Self::Hold)];
}

/// `ordering = ..`
#[derive(Clone, Copy)]
pub(crate) enum Ordering {
    Key,
    None,
}

impl Choice for Ordering {
    const ALL: &'static [(&'static str, Self)] = &[("key", Self::Key), ("none", Self::None)];
}

/// `from = ..`
#[derive(Clone, Copy)]
pub(crate) enum From {
    Beginning,
}

impl Choice for From {
    const ALL: &'static [(&'static str, Self)] = &[("beginning", Self::Beginning)];
}

/// `on_failure = ..`
pub(crate) enum OnFailure {
    DeadLetter,
    Ignore,
    Publish(Path),
}
