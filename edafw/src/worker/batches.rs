//! Running the shared commits of a queue one behind the other: while one waits for the disk the next one is handled,
//! and while that is handled the one behind it is received.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::Backend;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::consumer::Consumer;
use super::outage::{Failed, Outage, attempt};
use super::supervisor::{Task, repeat};

impl<B: Backend> Worker<B> {
    /// Receives and handles until `stop`.
    pub(super) async fn run_batches(
        self: &Arc<Self>,
        task: Task,
        index: usize,
        wait: Duration,
        stop: &CancellationToken,
        outage: &Outage<Task>,
    ) {
        let consumer: &Consumer<B> = &self.consumers[index];
        let most = self.app.settings().batch;
        let handling = Mutex::new(JoinSet::new());
        let turn = || async {
            let mut handling = handling.lock().await;
            let received = attempt(consumer.receive(most, wait)).await;
            let mut left = 0;
            if let Ok(lanes) = &received {
                // Where less than a batch waited, the next one would be smaller still: it had better wait. And where one
                // transaction writes at a time, there is nothing to be had from a second one.
                left = usize::from(!B::ONE_WRITER && lanes.iter().map(Vec::len).sum::<usize>() >= most);
            }
            let received = received.map(|lanes| {
                let worker = Arc::clone(self);
                handling.spawn(async move { attempt(worker.consumers[index].handle(lanes)).await });
            });
            let handled = wait_for(&mut handling, left).await;
            received.and(handled)
        };
        repeat(task, stop, outage, turn).await;
        let _ = wait_for(&mut *handling.lock().await, 0).await;
    }
}

/// Waits until no more than `left` batches are being handled; answers what one of those failed with that have ended.
async fn wait_for(handling: &mut JoinSet<Result<(), Failed>>, left: usize) -> Result<(), Failed> {
    let mut handled = Ok(());
    while handling.len() > left
        && let Some(ended) = handling.join_next().await
    {
        let ended = ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        handled = handled.and(ended);
    }
    handled
}
