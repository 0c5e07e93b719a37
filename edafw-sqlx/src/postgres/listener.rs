//! Being woken by the commits of other processes, where the URL says `notify=on`.
//!
//! Notifications are a shortcut and nothing relies on them: they are lost with the connection, and a pooler in
//! transaction mode delivers none. The poller goes on looking.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::task::JoinHandle;

use crate::doorbell::Doorbell;

/// The channel of all notifications; what is in one names a queue, or the outbox by being empty.
const CHANNEL: &str = "edafw";

/// The one connection of a process that listens.
#[derive(Debug)]
pub(super) struct Listener {
    doorbell: Arc<Doorbell>,
    options: PgConnectOptions,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Listener {
    pub(super) fn new(doorbell: Arc<Doorbell>, options: PgConnectOptions) -> Self {
        Self { doorbell, options, task: Mutex::default() }
    }

    /// Starts listening unless a handle of this process does. `pause`: between two tries to connect.
    pub(super) fn start(&self, pause: Duration) {
        if self.doorbell.start_listening() {
            let task = tokio::spawn(listen(Arc::clone(&self.doorbell), self.options.clone(), pause));
            if let Some(earlier) = self.task().replace(task) {
                earlier.abort();
            }
        }
    }

    /// Ends the task, if it is this handle's.
    pub(super) fn stop(&self) {
        if let Some(task) = self.task().take() {
            task.abort();
            self.doorbell.stop_listening();
        }
    }

    fn task(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn listen(doorbell: Arc<Doorbell>, options: PgConnectOptions, pause: Duration) {
    loop {
        if let Err(error) = hear(&doorbell, options.clone()).await {
            tracing::debug!(error = %error, "could not listen for notifications; polling goes on");
        }
        tokio::time::sleep(pause).await;
    }
}

/// Listens until the connection is lost.
async fn hear(doorbell: &Doorbell, options: PgConnectOptions) -> sqlx::Result<()> {
    let pool = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let mut listener = PgListener::connect_with(&pool.connect_with(options).await?).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // What was notified before is not heard.
    doorbell.ring_all();
    while let Some(notification) = listener.try_recv().await? {
        doorbell.ring_known(notification.payload());
    }
    Ok(())
}
