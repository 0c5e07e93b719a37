//! Running the worker's loops side by side, and ending them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use edafw_core::Backend;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Worker;
use super::consumer::Consumer;
use super::outage::{Failed, Outage, attempt};

/// How long a loop waits for work before it looks whether it should stop.
const WAIT: Duration = Duration::from_millis(250);

/// One loop of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Task {
    Relay,
    Republisher,
    Recorder(usize),
    Consumer(usize),
    Heartbeat(usize),
}

impl<B: Backend> Worker<B> {
    /// Runs every loop until `stop`; starts again what panics.
    pub(super) async fn supervise(self: &Arc<Self>, stop: CancellationToken) {
        self.supervise_these(self.tasks(), stop).await;
    }

    /// Runs the loops that receive until `stop`; nothing is sent.
    pub(super) async fn supervise_receivers(self: &Arc<Self>, stop: CancellationToken) {
        let mut tasks = self.tasks();
        tasks.retain(|task| !matches!(task, Task::Relay | Task::Republisher));
        self.supervise_these(tasks, stop).await;
    }

    async fn supervise_these(self: &Arc<Self>, these: Vec<Task>, stop: CancellationToken) {
        self.conduct.set_stopping(false);
        let mut tasks: JoinSet<()> = JoinSet::new();
        let running = Mutex::new(HashMap::new());
        let start = |tasks: &mut JoinSet<()>, task: Task, delay: Duration| {
            let (worker, stop, outage) = (Arc::clone(self), stop.clone(), Arc::clone(&self.outage));
            let started = tasks.spawn(async move {
                tokio::time::sleep(delay).await;
                worker.run_task(task, &stop, &outage).await;
            });
            lock(&running).insert(started.id(), task);
        };
        for task in these {
            start(&mut tasks, task, Duration::ZERO);
        }
        loop {
            let ended = tokio::select! {
                () = stop.cancelled() => break,
                ended = tasks.join_next_with_id() => ended,
            };
            match ended {
                None => break,
                Some(Ok(_)) => {}
                Some(Err(panic)) => {
                    let Some(task) = lock(&running).get(&panic.id()).copied() else { continue };
                    tracing::error!(?task, "a task of the worker panicked; it starts again");
                    start(&mut tasks, task, Duration::from_secs(1));
                }
            }
        }
        self.conduct.set_stopping(true);
        self.shut_down(tasks).await;
        self.conduct.set_stopping(false);
    }

    /// What cannot go on at the moment, in words: `start`, `relay`, `recorder`, `republisher`, or a queue's name.
    pub fn failing(&self) -> Vec<String> {
        let mut failing: Vec<String> = self
            .outage
            .failing()
            .into_iter()
            .map(|task| match task {
                Task::Relay => "relay".to_owned(),
                Task::Republisher => "republisher".to_owned(),
                Task::Recorder(_) => "recorder".to_owned(),
                Task::Consumer(index) | Task::Heartbeat(index) => self.consumers[index].queue.to_string(),
            })
            .chain(self.starting.failing().into_iter().map(|()| "start".to_owned()))
            .collect();
        failing.sort();
        failing.dedup();
        failing
    }

    fn tasks(&self) -> Vec<Task> {
        let mut tasks = vec![Task::Relay, Task::Republisher];
        tasks.extend((0..self.recorders.len()).map(Task::Recorder));
        tasks.extend(
            (0..self.consumers.len()).flat_map(|index| [Task::Consumer(index), Task::Heartbeat(index)]),
        );
        tasks
    }

    /// Waits for what runs, up to the deadline, and gives back the rest.
    async fn shut_down(&self, mut tasks: JoinSet<()>) {
        let deadline = self.app.settings().shutdown_deadline;
        let finished =
            tokio::time::timeout(deadline, async { while tasks.join_next().await.is_some() {} }).await;
        if finished.is_err() {
            tracing::warn!(
                seconds = deadline.as_secs(),
                "handlers ran beyond the shutdown deadline; they are cut off"
            );
            tasks.shutdown().await;
        }
        for consumer in &self.consumers {
            let left = consumer.heartbeat.receipts();
            consumer.give_back(left.iter()).await;
        }
    }

    async fn run_task(self: &Arc<Self>, task: Task, stop: &CancellationToken, outage: &Outage<Task>) {
        match task {
            Task::Relay => {
                let turn = || {
                    attempt(async {
                        if self.relay.step().await? == 0 {
                            // The wait below may be long, and the outage is over now.
                            outage.worked(task);
                            tokio::select! {
                                () = self.relay.wait(Duration::from_mins(1)) => {}
                                () = stop.cancelled() => {}
                            }
                        }
                        Ok(())
                    })
                };
                repeat(task, stop, outage, turn).await;
            }
            Task::Republisher => {
                let turn = || {
                    attempt(async {
                        self.republisher.step().await?;
                        outage.worked(task);
                        tokio::select! {
                            () = tokio::time::sleep(self.republisher.interval()) => {}
                            () = stop.cancelled() => {}
                        }
                        Ok(())
                    })
                };
                repeat(task, stop, outage, turn).await;
            }
            Task::Recorder(index) => {
                let turn = || attempt(async { self.recorders[index].step(WAIT).await.map(drop) });
                repeat(task, stop, outage, turn).await;
            }
            Task::Consumer(index) if self.consumers[index].sharing().is_some() => {
                self.run_batches(task, index, WAIT, stop, outage).await;
            }
            Task::Consumer(index) => self.run_lanes(task, index, stop, outage).await,
            Task::Heartbeat(index) => {
                tokio::select! {
                    () = self.consumers[index].heartbeat.run() => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }

    /// Runs the lanes of a queue side by side, as many deliveries as its concurrency allows.
    async fn run_lanes(
        self: &Arc<Self>,
        task: Task,
        index: usize,
        stop: &CancellationToken,
        outage: &Outage<Task>,
    ) {
        let consumer: &Consumer<B> = &self.consumers[index];
        let most = consumer.concurrency();
        let mut lanes: JoinSet<(usize, Result<(), Failed>)> = JoinSet::new();
        let mut in_flight = 0;
        // Kept across turns: a receive that is dropped halfway may strand what it has received.
        let mut receiving = None;
        // While this runs, nothing is received: something has failed. Deliveries that fail together are one
        // failure, and those that still run are waited for meanwhile.
        let mut rest = None;
        let after = |failed: &Failed| Some(Box::pin(tokio::time::sleep(outage.failed(task, failed))));
        while !stop.is_cancelled() {
            if receiving.is_none() && rest.is_none() && in_flight < most {
                receiving = Some(Box::pin(attempt(consumer.receive(most - in_flight, WAIT))));
            }
            tokio::select! {
                Some(ended) = lanes.join_next(), if !lanes.is_empty() => {
                    let (count, handled) = ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
                    in_flight -= count;
                    match handled {
                        Ok(()) => outage.worked(task),
                        Err(failed) if rest.is_none() => rest = after(&failed),
                        Err(_) => {}
                    }
                }
                received = async { receiving.as_mut().expect("guarded").await }, if receiving.is_some() => {
                    receiving = None;
                    match received {
                        Ok(received) if received.is_empty() && in_flight == 0 => outage.worked(task),
                        Ok(received) => for lane in received {
                            let worker = Arc::clone(self);
                            let count = lane.len();
                            in_flight += count;
                            lanes.spawn(async move { (count, attempt(worker.consumers[index].handle_lane(lane)).await) });
                        },
                        Err(failed) => rest = after(&failed),
                    }
                }
                () = async { rest.as_mut().expect("guarded").await }, if rest.is_some() => rest = None,
                () = stop.cancelled() => {}
            }
        }
        if let Some(receiving) = receiving
            && let Ok(lanes) = receiving.await
        {
            consumer.give_back(lanes.iter().flatten().map(|one| &one.receipt)).await;
        }
        while lanes.join_next().await.is_some() {}
    }
}

/// Does something again and again until `stop`, and waits longer and longer while it fails.
pub(super) async fn repeat<F: Future<Output = Result<(), Failed>>>(
    task: Task,
    stop: &CancellationToken,
    outage: &Outage<Task>,
    mut turn: impl FnMut() -> F,
) {
    while !stop.is_cancelled() {
        let result = turn().await;
        tokio::select! {
            () = note(task, outage, result) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Tells the outage how something went, and waits if it went wrong.
async fn note(task: Task, outage: &Outage<Task>, result: Result<(), Failed>) {
    match result {
        Ok(()) => outage.worked(task),
        Err(failed) => tokio::time::sleep(outage.failed(task, &failed)).await,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
