//! The one thing that the portal does: count the steps of each case.

use edafw::{Delivery, Envelope, Failure, State, Tx, external_event, subscriber};

use crate::Failures;
use crate::database::{Database, sql};

/// A step of a case was completed: the permit office's contract, as far as the portal needs it.
///
/// The permit office declares it too, with what it is made of. The two declarations share the name, the
/// version and the fields, and nothing else: neither service depends on the other's code.
#[external_event(name = "permit.step-completed", version = 1, source = "permits", zero_payload)]
#[derive(Debug, Clone)]
pub struct StepCompletedV1 {
    /// The case.
    pub case_id: String,
}

/// Counts a step. The event says which case and nothing else, so the portal counts events; its inbox sees to
/// it that an event that comes twice counts once.
#[subscriber(layer = external, retry(max_attempts = 20, backoff = "10ms..1s"), share_commit = true)]
async fn case_progress(
    event: &Envelope<StepCompletedV1>,
    tx: &mut Tx<Database>,
    delivery: Delivery,
    failures: State<Failures>,
) -> Result<(), Failure> {
    sqlx::query(sql!("case_progress")).bind(&event.data.case_id).execute(&mut **tx).await?;
    failures.check(&delivery, &event.idempotency_key)?;
    Ok(())
}
