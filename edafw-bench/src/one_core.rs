//! Measuring on one core.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::Result;

/// Runs what `measure` returns on a thread and a runtime of its own, all on one core of those that this process
/// may use; threads that it starts stay there.
///
/// A driver of SQLite hands every statement to a thread and waits for it. Whether the system puts the two on one
/// core or on two makes a factor of four and changes from second to second: between framework and twin it would
/// decide more than what they do.
///
/// # Errors
/// The system refuses, or the measurement fails.
///
/// # Panics
/// The measurement panics.
pub async fn on_one_core<T, F>(measure: impl FnOnce() -> F + Send + 'static) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>>,
{
    let (answer, answered) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        let measured = pin().and_then(|()| {
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure())
        });
        let _ = answer.send(measured);
    });
    let measured = answered.await;
    thread.join().expect("the measurement does not panic");
    measured?
}

fn pin() -> Result<()> {
    let allowed = sched_getaffinity(None)?;
    let first = (0..CpuSet::MAX_CPU).find(|cpu| allowed.is_set(*cpu)).ok_or("no core to run on")?;
    let mut one = CpuSet::new();
    one.set(first);
    Ok(sched_setaffinity(None, &one)?)
}
