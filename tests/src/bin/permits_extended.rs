//! The permit office with a copy of its contract that holds more, and with a second version of it.

use edafw::{AppBuilder, Sqlite, domain_event, external_event};

edafw::service!("permits");

#[domain_event(name = "permit.step-completed", key = case_id)]
struct StepCompleted {
    case_id: String,
    activity: String,
}

#[external_event(name = "permit.step-completed", version = 1, of = StepCompleted)]
struct StepCompletedV1 {
    /// The case.
    case_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<String>,
}

impl From<&StepCompleted> for StepCompletedV1 {
    fn from(step: &StepCompleted) -> Self {
        Self { case_id: step.case_id.clone(), activity: Some(step.activity.clone()) }
    }
}

/// The breaking change, beside the version that is read today.
#[external_event(name = "permit.step-completed", version = 2, of = StepCompleted)]
struct StepCompletedV2 {
    permit_id: String,
}

impl From<&StepCompleted> for StepCompletedV2 {
    fn from(step: &StepCompleted) -> Self {
        Self { permit_id: step.case_id.clone() }
    }
}

fn app() -> AppBuilder<Sqlite> {
    edafw::App::builder("permits")
}

edafw::worker!(app);
