//! The one task of a process that looks for what other processes have stored.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edafw_core::{BoxFuture, Result};
use tokio::task::JoinHandle;

use crate::doorbell::Doorbell;

/// What a look found in one queue, or in the outbox under the empty name.
#[derive(Debug)]
pub(crate) struct Pulse {
    pub(crate) queue: String,
    /// Whether there is something to claim or to receive.
    pub(crate) due: bool,
    /// Otherwise: when there will be, as far as is known.
    pub(crate) next_in: Option<Duration>,
}

/// One statement that looks at everything.
pub(crate) type Look = Box<dyn Fn() -> BoxFuture<'static, Result<Vec<Pulse>>> + Send>;

/// Looks once per interval, with one statement, whether there is work in the outbox or in a queue: often
/// while there is, up to the poll interval when there is none.
///
/// Of several handles of one place, one polls for all; when it closes, the next one that waits takes over.
#[derive(Debug)]
pub(crate) struct Poller {
    doorbell: Arc<Doorbell>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Poller {
    /// The interval right after work was found.
    const FASTEST: Duration = Duration::from_millis(25);

    pub(crate) fn new(doorbell: Arc<Doorbell>) -> Self {
        Self { doorbell, task: Mutex::default() }
    }

    /// Waits up to `wait` for the bell of a queue, or of the outbox under the empty name, while somebody looks.
    pub(crate) async fn wait(
        &self,
        queue: &str,
        wait: Duration,
        slowest: Duration,
        look: impl FnOnce() -> Look,
    ) {
        if self.doorbell.start_polling() {
            let task = tokio::spawn(poll(Arc::clone(&self.doorbell), slowest, look()));
            if let Some(earlier) = self.task().replace(task) {
                earlier.abort();
            }
        }
        let bell = self.doorbell.bell(queue);
        let _ = tokio::time::timeout(wait, bell.wait()).await;
    }

    /// Ends the task, if it is this handle's.
    pub(crate) fn stop(&self) {
        if let Some(task) = self.task().take() {
            task.abort();
            self.doorbell.stop_polling();
        }
    }

    fn task(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn poll(doorbell: Arc<Doorbell>, slowest: Duration, look: Look) {
    let mut interval = Poller::FASTEST.min(slowest);
    loop {
        doorbell.next_look(interval).await;
        match look().await {
            Ok(pulses) if rings(&doorbell, &pulses) => interval = Poller::FASTEST.min(slowest),
            Ok(_) => interval = (interval * 2).min(slowest),
            Err(error) => {
                tracing::debug!(
                    error = error.chain(),
                    "could not look for work; whoever claims will say why"
                );
                interval = slowest;
            }
        }
    }
}

/// Rings the bells of what is due; `true` if that is news.
fn rings(doorbell: &Doorbell, pulses: &[Pulse]) -> bool {
    let mut found = false;
    for pulse in pulses {
        if pulse.due {
            found |= doorbell.ring_known(&pulse.queue);
        } else if let Some(delay) = pulse.next_in {
            doorbell.expect(delay);
        }
    }
    found
}
