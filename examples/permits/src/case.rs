//! The act of the domain: a step of a case is completed.

use std::collections::BTreeMap;

use edafw::{Publication, Tx};
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Database, sql};
use crate::events::StepCompleted;

/// A step that somebody says was completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The case.
    pub case_id: String,
    /// What was done.
    pub activity: String,
    /// Who did it; may be empty.
    pub resource: String,
    /// When, as it was written.
    pub at: String,
    /// The same, to be compared.
    pub instant: Timestamp,
    /// Everything else.
    pub attributes: BTreeMap<String, String>,
    /// Made of all of the above: what is equal is the same step.
    pub content_id: Uuid,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// The case was updated and the event published; the transaction is to be committed.
    Completed,
    /// The step was completed before. Nothing was changed; the transaction is to be rolled back.
    CompletedBefore,
}

/// Why a step was not completed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// It is earlier than the last step of its case.
    #[error("`{case_id}` has a later step, of {last}; this one is of {at}")]
    OutOfOrder {
        /// The case.
        case_id: String,
        /// When its last step was completed.
        last: String,
        /// When this one was.
        at: String,
    },
    /// The event could not be published.
    #[error("{}", .0.chain())]
    Publish(#[from] edafw::Error),
    /// The case could not be read or written.
    #[error("the case could not be updated: {0}")]
    Database(#[from] sqlx::Error),
}

impl StepError {
    /// Whether the step is to blame, and others may still succeed.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::OutOfOrder { .. } => true,
            Self::Publish(error) => error.kind() == edafw::ErrorKind::Payload,
            Self::Database(_) => false,
        }
    }
}

/// Completes a step of a case: announces it, and updates the case.
///
/// # Errors
/// The step is earlier than the last one of its case, or something failed. Either way the transaction is to be
/// rolled back.
pub async fn complete_step(tx: &mut Tx<Database>, step: Step) -> Result<Completion, StepError> {
    let Step { case_id, at, instant, .. } = step.clone();
    let last: Option<(String, i64)> =
        sqlx::query_as(sql!("last_step")).bind(&case_id).fetch_optional(&mut **tx).await?;
    let number = 1 + last.as_ref().map_or(0, |(_, steps)| *steps);
    // Before anything is judged or changed: a step that was completed before is neither early nor late.
    if tx.publish(step.completed(number)).await? == Publication::AlreadyPublished {
        return Ok(Completion::CompletedBefore);
    }
    if let Some((last, _)) = last
        && is_earlier(instant, &last)
    {
        return Err(StepError::OutOfOrder { case_id, last, at });
    }
    sqlx::query(sql!("complete_step")).bind(case_id).bind(at).execute(&mut **tx).await?;
    Ok(Completion::Completed)
}

/// Compares moments, not texts: 10:30+02:00 is earlier than 09:00Z.
fn is_earlier(instant: Timestamp, last: &str) -> bool {
    last.parse::<Timestamp>().is_ok_and(|last| instant < last)
}

impl Step {
    /// The event that says so: it was the case's step of this number.
    fn completed(self, number: i64) -> StepCompleted {
        let Self { case_id, activity, resource, at, attributes, content_id, .. } = self;
        StepCompleted { case_id, number, activity, resource, at, attributes, content_id }
    }
}

#[cfg(test)]
mod tests {
    use super::is_earlier;

    #[test]
    fn moments_are_compared_and_not_their_texts() {
        let ten_thirty_in_berlin = "2024-05-06T10:30:00+02:00".parse().unwrap();
        assert!(is_earlier(ten_thirty_in_berlin, "2024-05-06T09:00:00Z"));
        assert!(!is_earlier(ten_thirty_in_berlin, "2024-05-06T08:30:00Z"));
        assert!(!is_earlier(ten_thirty_in_berlin, "2024-05-06T08:29:59.999Z"));
    }
}
