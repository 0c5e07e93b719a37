//! How a command ends: the exit codes, and which error means which of them.

use std::process::ExitCode;

use edafw_core::{Error, ErrorKind};

/// What the exit code says. The text of [`Exit::HELP`] documents the same codes for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was done.
    Done,
    /// It failed; trying again may help.
    Failed,
    /// The arguments, the environment or the application's set-up are wrong; trying again cannot help.
    Usage,
    /// A check found differences.
    Differs,
    /// What was named does not exist.
    NotFound,
}

impl Exit {
    /// The codes, as `--help` prints them.
    pub(crate) const HELP: &'static str = "\
Exit codes:
  0    done
  1    failed; trying again may help
  2    wrong usage: the arguments, the environment or the set-up; trying again cannot help
  3    a check found differences: `provision check`, `catalogue --check`, `contract check`, `doctor`
  4    what was named does not exist
  128+n  ended at once by a second signal n: 130 for SIGINT, 143 for SIGTERM";

    /// The code of an error.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Configuration => Self::Usage,
            ErrorKind::NotFound => Self::NotFound,
            _ => Self::Failed,
        }
    }

    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Differs => 3,
            Self::NotFound => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
