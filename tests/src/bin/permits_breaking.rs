//! The permit office with a copy of its contract in which the field has another name.

use edafw::{AppBuilder, Sqlite, domain_event, external_event};

edafw::service!("permits");

#[domain_event(name = "permit.step-completed", key = case_id)]
struct StepCompleted {
    case_id: String,
}

#[external_event(name = "permit.step-completed", version = 1, of = StepCompleted)]
struct StepCompletedV1 {
    permit_id: String,
}

impl From<&StepCompleted> for StepCompletedV1 {
    fn from(step: &StepCompleted) -> Self {
        Self { permit_id: step.case_id.clone() }
    }
}

fn app() -> AppBuilder<Sqlite> {
    edafw::App::builder("permits")
}

edafw::worker!(app);
