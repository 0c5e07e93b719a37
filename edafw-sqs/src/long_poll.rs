//! Receives that wait in SQS for up to 20 seconds, whatever their caller waits.
//!
//! A worker looks up several times a second whether it should stop; a request for each look would cost far more than
//! the messages do. So a receive that is shorter than a second leaves its request waiting, and the next one goes on
//! with it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::Message;
use edafw_core::Result;
use tokio::task::JoinHandle;

use crate::queues::Physical;
use crate::transport::SqsTransport;

/// SQS waits for a message for so long at most.
const LONGEST: Duration = Duration::from_secs(20);

/// Leased messages, as SQS answers them.
pub(crate) type Batch = Vec<Message>;

/// The queue and the lease in seconds.
type Which = (String, i32);

/// A request that waits in SQS.
#[derive(Debug)]
struct Waiting {
    request: JoinHandle<(Instant, Result<Batch>)>,
}

/// The requests that nobody waits for at the moment.
#[derive(Debug, Default)]
pub(crate) struct LongPolls {
    waiting: Mutex<HashMap<Which, Waiting>>,
}

impl LongPolls {
    fn take(&self, which: &Which) -> Option<Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(which)
    }

    fn put(&self, which: Which, waiting: Waiting) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(which, waiting);
    }
}

impl Drop for LongPolls {
    fn drop(&mut self) {
        for waiting in self.waiting.get_mut().unwrap_or_else(PoisonError::into_inner).values() {
            waiting.request.abort();
        }
    }
}

/// A request on its way out of the list and, unless it was answered, back into it: also when the receive that waits
/// for it is dropped.
struct Taken<'a> {
    polls: &'a LongPolls,
    which: Which,
    waiting: Option<Waiting>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.polls.put(self.which.clone(), waiting);
        }
    }
}

impl SqsTransport {
    /// Receives up to ten messages of one queue, and waits for the first one.
    pub(crate) async fn poll(
        &self,
        queue: &Physical,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Batch> {
        let which = (queue.name.to_string(), seconds(lease));
        let parked = self.polls.take(&which);
        if parked.is_none() && wait.is_zero() {
            return self.request_messages(queue, max, lease, Duration::ZERO).await;
        }
        if parked.is_none() && wait >= Duration::from_secs(1) {
            return self.poll_until(queue, max, lease, wait).await;
        }
        let waiting = parked.unwrap_or_else(|| self.start(queue, max, lease));
        let mut taken = Taken { polls: &self.polls, which, waiting: Some(waiting) };
        let Some(waiting) = taken.waiting.as_mut() else { return Ok(Batch::new()) };
        let Ok(ended) = tokio::time::timeout(wait, &mut waiting.request).await else {
            return Ok(Batch::new());
        };
        taken.waiting = None;
        match ended {
            Ok((at, Ok(mut messages))) => {
                // What has lain here for long is about to become somebody else's.
                let keeps = if at.elapsed() > lease / 3 { 0 } else { max };
                let surplus = messages.split_off(keeps.min(messages.len()));
                self.hand_back(queue, &surplus).await;
                Ok(messages)
            }
            Ok((_, Err(error))) => Err(error),
            // Aborted with the runtime.
            Err(_) => Ok(Batch::new()),
        }
    }

    async fn poll_until(
        &self,
        queue: &Physical,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Batch> {
        let started = Instant::now();
        loop {
            let left = wait.saturating_sub(started.elapsed()).min(LONGEST);
            let messages = self.request_messages(queue, max, lease, left).await?;
            if !messages.is_empty() || started.elapsed() + Duration::from_secs(1) > wait {
                return Ok(messages);
            }
        }
    }

    fn start(&self, queue: &Physical, max: usize, lease: Duration) -> Waiting {
        let (transport, queue) = (self.requests(), queue.clone());
        Waiting {
            request: tokio::spawn(async move {
                let answer = transport.request_messages(&queue, max, lease, LONGEST).await;
                (Instant::now(), answer)
            }),
        }
    }
}

/// Whole seconds, as SQS counts: rounded up, so that nothing ends early.
pub(crate) fn seconds(duration: Duration) -> i32 {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    whole.try_into().unwrap_or(i32::MAX)
}
