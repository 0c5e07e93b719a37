//! Named points at which a test kills the process.
//!
//! With the feature `kill-points`, a process whose environment says `EDAFW_KILL_POINT=relay.sent` sends
//! itself SIGKILL when it comes by the point of that name; `relay.sent:3` spares the first two times.
//! Without the feature, [`point`] is empty and the names are only documentation.

/// The points, in the order in which an event passes them.
pub const POINTS: &[&str] = &[
    "transaction.before-commit",
    "transaction.committed",
    "relay.claimed",
    "relay.sent",
    "relay.settled",
    "recorder.received",
    "recorder.marked",
    "worker.received",
    "worker.handled",
    "worker.committed",
    "worker.acknowledged",
];

/// Kills the process here if the environment names this point.
#[cfg(feature = "kill-points")]
pub fn point(name: &'static str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static CHOSEN: OnceLock<Option<(String, AtomicU32)>> = OnceLock::new();
    debug_assert!(POINTS.contains(&name), "`{name}` is not a declared kill point");
    let chosen = CHOSEN.get_or_init(|| {
        let value = std::env::var("EDAFW_KILL_POINT").ok()?;
        let (point, times) = value.split_once(':').unwrap_or((&value, "1"));
        let times = times.parse().unwrap_or(1);
        Some((point.to_owned(), AtomicU32::new(times)))
    });
    if let Some((point, left)) = chosen
        && point == name
        && left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}

/// Nothing: kill points are compiled in for tests only.
#[cfg(not(feature = "kill-points"))]
#[inline(always)]
pub fn point(_name: &'static str) {}
