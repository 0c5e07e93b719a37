//! Waking who waits for work: at once by writers in this process, by a slow look for the others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// One bell per queue, and one for the outbox under the empty name.
#[derive(Debug, Default)]
pub(crate) struct Doorbell {
    bells: Mutex<HashMap<Arc<str>, Arc<Bell>>>,
    /// The next moment at which a delayed message becomes visible, as far as this process knows.
    hint: Mutex<Option<Instant>>,
    /// Tells the poller of a new hint.
    hinted: Notify,
    /// Whether somebody polls.
    polled: AtomicBool,
    /// Whether somebody listens to the database.
    #[cfg(feature = "postgres")]
    listened: AtomicBool,
}

/// The name of the outbox's bell.
pub(crate) const OUTBOX: &str = "";

/// Says that there may be work, until somebody has looked.
#[derive(Debug)]
pub(crate) struct Bell {
    rung: AtomicBool,
    notify: Notify,
}

impl Bell {
    /// Rings; `false` if it had rung before and nobody has looked since.
    pub(crate) fn ring(&self) -> bool {
        let is_news = !self.rung.swap(true, Ordering::SeqCst);
        self.notify.notify_one();
        is_news
    }

    /// Whether it has rung since the last call.
    pub(crate) fn answer(&self) -> bool {
        self.rung.swap(false, Ordering::SeqCst)
    }

    /// Waits until it rings; at once if it has.
    pub(crate) async fn wait(&self) {
        while !self.rung.load(Ordering::SeqCst) {
            self.notify.notified().await;
        }
    }
}

impl Doorbell {
    /// The bell of a queue. A new bell has rung: nobody has looked yet.
    pub(crate) fn bell(&self, queue: &str) -> Arc<Bell> {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(queue) {
            return Arc::clone(bell);
        }
        let bell = Arc::new(Bell { rung: AtomicBool::new(true), notify: Notify::new() });
        bells.insert(Arc::from(queue), Arc::clone(&bell));
        bell
    }

    /// Rings the bell of a queue.
    pub(crate) fn ring(&self, queue: &str) {
        self.bell(queue).ring();
    }

    /// Rings the bell of a queue if anybody here listens to it; `true` if so and it had not rung already.
    pub(crate) fn ring_known(&self, queue: &str) -> bool {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        bells.get(queue).is_some_and(|bell| bell.ring())
    }

    /// Rings every bell that anybody here listens to.
    #[cfg(feature = "postgres")]
    pub(crate) fn ring_all(&self) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in bells.values() {
            bell.ring();
        }
    }

    /// Remembers that something becomes visible in `delay`.
    pub(crate) fn expect(&self, delay: Duration) {
        let at = Instant::now() + delay;
        let mut hint = self.hint.lock().unwrap_or_else(PoisonError::into_inner);
        if hint.is_none_or(|known| at < known) {
            *hint = Some(at);
            self.hinted.notify_one();
        }
    }

    /// Whether the caller is the one who polls; exactly one is, until it calls [`stop_polling`].
    ///
    /// [`stop_polling`]: Self::stop_polling
    pub(crate) fn start_polling(&self) -> bool {
        !self.polled.swap(true, Ordering::SeqCst)
    }

    /// Lets somebody else poll.
    pub(crate) fn stop_polling(&self) {
        self.polled.store(false, Ordering::SeqCst);
    }

    /// Whether the caller is the one who listens to the database; exactly one is, until it calls
    /// [`stop_listening`](Self::stop_listening).
    #[cfg(feature = "postgres")]
    pub(crate) fn start_listening(&self) -> bool {
        !self.listened.swap(true, Ordering::SeqCst)
    }

    /// Lets somebody else listen.
    #[cfg(feature = "postgres")]
    pub(crate) fn stop_listening(&self) {
        self.listened.store(false, Ordering::SeqCst);
    }

    /// Waits for the next time to look: after `interval`, or when something is expected.
    pub(crate) async fn next_look(&self, interval: Duration) {
        let regular = Instant::now() + interval;
        loop {
            let hint = *self.hint.lock().unwrap_or_else(PoisonError::into_inner);
            let at = hint.map_or(regular, |hint| hint.min(regular));
            tokio::select! {
                () = tokio::time::sleep_until(at) => break,
                () = self.hinted.notified() => {}
            }
        }
        let mut hint = self.hint.lock().unwrap_or_else(PoisonError::into_inner);
        if hint.is_some_and(|at| at <= Instant::now()) {
            *hint = None;
        }
    }
}
