//! Dying at a named step, so that one can watch what becomes of a trip.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// The steps of all ways, in the order in which a trip takes them.
pub const STEPS: &[&str] = &[
    // Try-confirm/cancel, at a participant: inside its transaction, and after the commit, before it answers.
    "desk.holding",
    "desk.held",
    "desk.confirming",
    "desk.confirmed",
    "desk.cancelling",
    "desk.cancelled",
    // Try-confirm/cancel, at the coordinator.
    "tcc.opened",
    "tcc.room-held",
    "tcc.seat-held",
    "tcc.decided",
    "tcc.room-confirmed",
    "tcc.seat-confirmed",
    "tcc.room-cancelled",
    "tcc.seat-cancelled",
    "tcc.closed",
    // Two-phase commit, at the coordinator.
    "2pc.opened",
    "2pc.room-prepared",
    "2pc.seat-prepared",
    "2pc.deciding",
    "2pc.decided",
    "2pc.room-finished",
    "2pc.seat-finished",
];

/// Kills its process with SIGKILL at the step that it was told, and does nothing at any other. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Steps(Option<Arc<Fatal>>);

#[derive(Debug)]
struct Fatal {
    step: String,
    /// Passings that are left, the last one included.
    left: AtomicU32,
}

impl Steps {
    /// What `TRIP_KILL_AT` says: `tcc.decided` for the first passing of that step, `tcc.decided:3` for the third;
    /// nothing is fatal where it says nothing.
    ///
    /// # Errors
    /// There is no such step, or the passing is no number from 1.
    pub fn from_env() -> Result<Self, String> {
        let Ok(text) = std::env::var("TRIP_KILL_AT") else { return Ok(Self::default()) };
        if text.is_empty() {
            return Ok(Self::default());
        }
        let (step, passing) = text.split_once(':').unwrap_or((&text, "1"));
        if !STEPS.contains(&step) {
            return Err(format!("TRIP_KILL_AT names `{step}`; the steps are {}", STEPS.join(", ")));
        }
        let left = passing.parse().ok().filter(|&passing: &u32| passing > 0);
        let left = left.ok_or_else(|| format!("TRIP_KILL_AT is `{text}`; a passing is a number from 1"))?;
        Ok(Self(Some(Arc::new(Fatal { step: step.to_owned(), left: AtomicU32::new(left) }))))
    }

    /// The process has come to this step.
    pub fn passed(&self, step: &'static str) {
        debug_assert!(STEPS.contains(&step), "`{step}` is not a declared step");
        if let Some(fatal) = &self.0
            && fatal.step == step
            && fatal.left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            let _ = kill_process(getpid(), Signal::KILL);
        }
    }
}
