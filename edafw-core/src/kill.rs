//! Named points at which a test kills or stops the process.
//!
//! With the feature `kill-points`, a process whose environment says `EDAFW_KILL_POINT=relay.sent` sends
//! itself SIGKILL when it comes by the point of that name; `relay.sent:3` spares the first two times.
//! `EDAFW_STOP_POINT` does the same with SIGSTOP: the process stands still until somebody sends SIGCONT.
//! Without the feature, [`point`] is empty and the names are only documentation.

/// The points, in the order in which an event passes them.
pub const POINTS: &[&str] = &[
    "registration.applied",
    "transaction.before-commit",
    "transaction.committed",
    "relay.before-commit",
    "relay.committed",
    "relay.claimed",
    "relay.accepted",
    "relay.sent",
    "relay.settled",
    "recorder.before-commit",
    "recorder.committed",
    "recorder.received",
    "recorder.marked",
    "recorder.acknowledged",
    "worker.received",
    "worker.counted",
    "worker.handled",
    "worker.committed",
    "worker.failed",
    "worker.given-up",
    "worker.acknowledged",
];

/// Kills or stops the process here if the environment names this point.
#[cfg(feature = "kill-points")]
pub fn point(name: &'static str) {
    use std::sync::OnceLock;

    use rustix::process::{Signal, getpid, kill_process};

    static KILL: OnceLock<Option<chosen::Chosen>> = OnceLock::new();
    static STOP: OnceLock<Option<chosen::Chosen>> = OnceLock::new();
    debug_assert!(POINTS.contains(&name), "`{name}` is not a declared kill point");
    if chosen::passes(&KILL, "EDAFW_KILL_POINT", name) {
        let _ = kill_process(getpid(), Signal::KILL);
        std::process::abort();
    }
    if chosen::passes(&STOP, "EDAFW_STOP_POINT", name) {
        let _ = kill_process(getpid(), Signal::STOP);
    }
}

/// Nothing: kill points are compiled in for tests only.
#[cfg(not(feature = "kill-points"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

#[cfg(feature = "kill-points")]
mod chosen {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// What a variable says.
    pub(super) struct Chosen {
        point: String,
        /// Passings that are left, the last one included.
        left: AtomicU32,
    }

    /// Whether the variable names this passing of this point.
    pub(super) fn passes(chosen: &OnceLock<Option<Chosen>>, variable: &str, name: &str) -> bool {
        let chosen = chosen.get_or_init(|| {
            let value = std::env::var(variable).ok()?;
            let (point, times) = value.split_once(':').unwrap_or((&value, "1"));
            Some(Chosen { point: point.to_owned(), left: AtomicU32::new(times.parse().unwrap_or(1)) })
        });
        chosen
            .as_ref()
            .is_some_and(|chosen| chosen.point == name && chosen.left.fetch_sub(1, Ordering::SeqCst) == 1)
    }
}
