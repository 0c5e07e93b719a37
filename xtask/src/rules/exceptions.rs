//! The files that a rule leaves alone.

/// A file that breaks a rule for a reason. One that no longer does is reported.
pub(super) struct Exception {
    /// The rule's name, as `cargo xtask check rules` prints it.
    pub(super) rule: &'static str,
    /// The whole path from the workspace's root, with `/`.
    pub(super) path: &'static str,
    /// Why this file is better as it is.
    pub(super) reason: &'static str,
}

pub(super) const EXCEPTIONS: &[Exception] = &[];
