//! What follows when a step is completed.
//!
//! The handlers of the worker only read the shared [`Failures`] and write through their transaction, so
//! deliveries that wait together may share a commit: `share_commit = true`. Whatever else a handler took from
//! `State` might not be undone with the transaction, which is why it has to be said.
//!
//! `workload` and `case_timeline` can be restored as of a moment: a replay writes beside what is there, under its id.

use edafw::{Delivery, Envelope, Failure, State, Tx, subscriber};
use portal::Failures;

use crate::database::{Database, sql};
use crate::events::{CaseOpened, StepCompleted};

/// In the transaction of the step: the first one opens the case.
#[subscriber(layer = application, phase = before_commit)]
async fn open_case(event: &StepCompleted, tx: &mut Tx<Database>) -> Result<(), Failure> {
    if event.number == 1 {
        tx.publish(CaseOpened { case_id: event.case_id.clone(), at: event.at.clone() }).await?;
    }
    Ok(())
}

/// How much each resource has done; or had done, in a replay. Steps without a resource count under the empty name.
#[subscriber(layer = internal, retry(max_attempts = 20, backoff = "10ms..1s"), share_commit = true)]
async fn workload(
    event: &Envelope<StepCompleted>,
    tx: &mut Tx<Database>,
    delivery: Delivery,
    failures: State<Failures>,
) -> Result<(), Failure> {
    // ANCHOR: restored
    let statement = match &delivery.replay {
        None => sqlx::query(sql!("workload")),
        Some(id) => sqlx::query(sql!("workload_as_of")).bind(&**id),
    };
    // ANCHOR_END: restored
    statement.bind(&event.data.resource).execute(&mut **tx).await?;
    failures.check(&delivery, &event.idempotency_key)?;
    Ok(())
}

/// How often each activity was completed.
#[subscriber(layer = internal, retry(max_attempts = 20, backoff = "10ms..1s"), share_commit = true)]
async fn activity_count(
    event: &Envelope<StepCompleted>,
    tx: &mut Tx<Database>,
    delivery: Delivery,
    failures: State<Failures>,
) -> Result<(), Failure> {
    sqlx::query(sql!("activity_count")).bind(&event.data.activity).execute(&mut **tx).await?;
    failures.check(&delivery, &event.idempotency_key)?;
    Ok(())
}

/// The steps of each case, numbered in the order in which they are delivered; or were, in a replay.
#[subscriber(layer = internal, retry(max_attempts = 20, backoff = "10ms..1s"), share_commit = true)]
async fn case_timeline(
    event: &Envelope<StepCompleted>,
    tx: &mut Tx<Database>,
    delivery: Delivery,
    failures: State<Failures>,
) -> Result<(), Failure> {
    let StepCompleted { case_id, activity, resource, at, .. } = &event.data;
    let statement = match &delivery.replay {
        None => sqlx::query(sql!("case_timeline")),
        Some(id) => sqlx::query(sql!("case_timeline_as_of")).bind(&**id),
    };
    statement.bind(case_id).bind(activity).bind(resource).bind(at).execute(&mut **tx).await?;
    failures.check(&delivery, &event.idempotency_key)?;
    Ok(())
}
