//! What differs between a contract as it was accepted and as it is declared.

use std::fmt::{Display, Formatter};

use super::rule::Rule;

/// A change that breaks a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: Rule,
    /// The field, such as `lines[].amount`; empty for the contract as a whole.
    pub field: String,
    /// What has changed.
    pub what: String,
}

/// A change that breaks nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The field; empty for the contract as a whole.
    pub field: String,
    /// What has changed.
    pub what: String,
}

/// Everything that was found in one contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) findings: Vec<Finding>,
    pub(crate) allowed: Vec<Change>,
}

impl Changes {
    /// Adds a finding, unless the same rule is broken at the same field already.
    pub(crate) fn breaks(&mut self, rule: Rule, field: &str, what: impl Into<String>) {
        if !self.findings.iter().any(|one| one.rule == rule && one.field == field) {
            self.findings.push(Finding { rule, field: field.to_owned(), what: what.into() });
        }
    }

    /// Adds a change that is allowed.
    pub(crate) fn allows(&mut self, field: &str, what: impl Into<String>) {
        self.allowed.push(Change { field: field.to_owned(), what: what.into() });
    }
}

impl Display for Finding {
    /// One line: rule, field, what has changed, and why that breaks.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}: {}; {}", self.rule, Place(&self.field), self.what, self.rule.reason())
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "allowed{}: {}", Place(&self.field), self.what)
    }
}

/// ` at FIELD`, where there is one.
struct Place<'a>(&'a str);

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " at `{}`", self.0) }
    }
}
