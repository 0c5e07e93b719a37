//! The facts that the permit office announces.

use std::collections::BTreeMap;

use edafw::{domain_event, external_event};
use uuid::Uuid;

/// A step of a case was completed.
#[domain_event(name = "permit.step-completed", key = case_id, idempotency_key = content_id)]
#[derive(Debug, Clone)]
pub struct StepCompleted {
    /// The case; the steps of one case reach every subscriber in order.
    pub case_id: String,
    /// Which step of its case it is, counted from 1.
    pub number: i64,
    /// What was done.
    pub activity: String,
    /// Who did it; may be empty.
    pub resource: String,
    /// When it was done: RFC 3339, as it came.
    pub at: String,
    /// Everything else that is known about the step.
    pub attributes: BTreeMap<String, String>,
    /// Made of the content of the row that tells of the step: the same row is the same step.
    pub content_id: Uuid,
}

/// A case was opened, by its first step.
#[domain_event(name = "permit.case-opened", key = case_id, idempotency_key = case_id)]
#[derive(Debug, Clone)]
pub struct CaseOpened {
    /// The case.
    pub case_id: String,
    /// When: RFC 3339, as it came.
    pub at: String,
}

/// What other systems learn of a completed step: that the case has moved. No payload, so nothing about people
/// leaves the office; whoever may know more asks for it.
#[external_event(name = "permit.step-completed", version = 1, of = StepCompleted, zero_payload)]
#[derive(Debug, Clone)]
pub struct StepCompletedV1 {
    /// The case.
    pub case_id: String,
}
