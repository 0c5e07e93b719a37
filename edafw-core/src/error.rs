//! One opaque error for everything that the framework itself can fail at.

use std::error::Error as StdError;

/// Shorthand for results of the framework.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The set-up is wrong: an annotation, an option, a URL. Trying again cannot help.
    Configuration,
    /// The database could not be reached or refused for the moment.
    Unavailable,
    /// The database answered with an error that trying again does not mend.
    Database,
    /// The schema is missing or does not fit this version of the framework.
    Schema,
    /// The transport could not be reached, or answered with an error.
    Transport,
    /// A payload could not be written or read as JSON.
    Payload,
    /// A subscriber refused in the publisher's transaction, or failed in a replay.
    Subscriber,
    /// The transaction was rolled back: nothing of it took effect.
    RolledBack,
    /// The connection was lost during COMMIT: whether it took effect is not known.
    CommitUnknown,
    /// The transaction was ended by a statement that bypassed the framework.
    TransactionEnded,
    /// Another worker has taken over the delivery; nothing of this attempt took effect.
    Fenced,
    /// What was asked for does not exist.
    NotFound,
}

/// An error of the framework: a kind, a message for people, and the cause.
///
/// `Debug` shows kind, message and causes on one line, as `fn main() -> Result<(), Error>` prints it.
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with a message that tells what is wrong, where, and what would be accepted.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A mistake in the set-up.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Unavailable | ErrorKind::Transport)
    }

    /// Whether the outcome of a COMMIT is not known.
    pub fn is_commit_unknown(&self) -> bool {
        self.kind == ErrorKind::CommitUnknown
    }

    /// Whether another worker has taken the delivery over.
    pub fn is_fenced(&self) -> bool {
        self.kind == ErrorKind::Fenced
    }

    /// Message and causes in one line. A cause that repeats the end of the line, as drivers' errors do, is
    /// left out.
    pub fn chain(&self) -> String {
        let mut line = self.to_string();
        let mut source = StdError::source(self);
        while let Some(cause) = source {
            let text = cause.to_string();
            if !line.ends_with(&text) {
                line.push_str(": ");
                line.push_str(&text);
            }
            source = cause.source();
        }
        line
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.chain())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind};

    #[test]
    fn a_cause_is_told_once() {
        let disk = Error::new(ErrorKind::Database, "disk full");
        let wordy = Error::new(ErrorKind::Database, "the driver says: disk full").caused_by(disk);
        let error = Error::new(ErrorKind::Unavailable, "could not write").caused_by(wordy);
        assert_eq!(error.chain(), "could not write: the driver says: disk full");
    }
}
