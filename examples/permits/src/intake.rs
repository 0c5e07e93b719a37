//! Taking a log: one transaction for each row.

use std::time::{Duration, Instant};

use edafw::App;
use serde::Serialize;

use crate::case::{Completion, Step, StepError, complete_step};
use crate::database::Database;
use crate::input::{Input, Row};

/// What became of the rows of a log.
#[derive(Debug, Default)]
pub struct Intake {
    /// Rows whose step was completed.
    pub taken: u64,
    /// Rows that were taken before, in this log or an earlier one.
    pub already_taken: u64,
    /// Rows that were refused.
    pub refused: Vec<Refusal>,
    /// How long it took.
    pub time: Duration,
}

/// A row that was not taken, and never will be as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The line that it begins on.
    pub line: u64,
    /// Why.
    pub reason: String,
}

impl Intake {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.taken + self.already_taken + self.refused.len() as u64
    }

    /// Takes every row of `input` in its order; calls `after_row` with the number of bytes that are done.
    ///
    /// # Errors
    /// The database failed, at this row. The rows before it are taken, and taking the log again goes on there.
    pub async fn take(
        app: &App<Database>,
        input: &Input,
        mut after_row: impl FnMut(u64),
    ) -> Result<Self, (u64, StepError)> {
        let begun = Instant::now();
        let mut intake = Self::default();
        for Row { line, end, step } in input.rows() {
            let refused = match step {
                Err(reason) => Some(reason),
                Ok(step) => match take_step(app, step).await {
                    Ok(Completion::Completed) => {
                        intake.taken += 1;
                        None
                    }
                    Ok(Completion::CompletedBefore) => {
                        intake.already_taken += 1;
                        None
                    }
                    Err(error) if error.is_refusal() => Some(error.to_string()),
                    Err(error) => return Err((line, error)),
                },
            };
            intake.refused.extend(refused.map(|reason| Refusal { line, reason }));
            after_row(end);
        }
        intake.time = begun.elapsed();
        Ok(intake)
    }
}

/// One step, one transaction.
async fn take_step(app: &App<Database>, step: Step) -> Result<Completion, StepError> {
    let mut tx = app.begin().await?;
    let outcome = complete_step(&mut tx, step).await;
    if matches!(outcome, Ok(Completion::Completed)) {
        tx.commit().await?;
    } else {
        tx.rollback().await;
    }
    outcome
}
