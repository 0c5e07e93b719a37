//! One queue: receiving from it, and handing what was received to its subscribers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use edafw_core::{
    Backend, DeadLetterCause, DecodeError, Delivered, EventStore, InboxEntry, NewDeadLetter, Receipt, Result,
    Transaction, Transport, kill,
};

use super::alone::Outcome;
use super::attempts::Regrets;
use super::contention::Contention;
use super::heartbeat::Heartbeat;
use super::incoming::{Incoming, Member};
use super::shared::Shared;
use super::stats::{Stats, count};
use crate::App;

/// Consumes one queue.
pub(crate) struct Consumer<B: Backend> {
    pub(crate) app: App<B>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) queue: Arc<str>,
    pub(crate) members: Vec<Member>,
    /// Whether the queue is a table of the subscribers' database, so that acknowledging is part of their
    /// transaction.
    pub(crate) colocated: bool,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) contention: Contention,
    pub(crate) regrets: Regrets,
    pub(crate) conduct: Arc<Conduct>,
    /// Held while subscribers of the queue run that may share a commit, and not while one is on its way to the disk: two
    /// transactions that wait for each other's rows would be in a deadlock.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

/// What the consumers of a worker do together.
#[derive(Debug, Default)]
pub(crate) struct Conduct {
    /// Held while a delivery is tried with which a process has died before.
    pub(crate) suspects: tokio::sync::Mutex<()>,
    stopping: AtomicBool,
}

impl Conduct {
    /// Whether nothing new may begin.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Says whether anything new may begin.
    pub(crate) fn set_stopping(&self, stopping: bool) {
        self.stopping.store(stopping, std::sync::atomic::Ordering::SeqCst);
    }
}

/// Messages of one key, in order; or one message without a key.
pub(crate) type Lane = Vec<Incoming>;

impl<B: Backend> Consumer<B> {
    /// One consumer per queue of the application.
    pub(crate) fn all(app: &App<B>, stats: &Stats, conduct: &Arc<Conduct>) -> Vec<Self> {
        let mut by_queue: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for registered in app.registry().workers() {
            let counters = stats.counters(&registered.name);
            let queue = registered.queue.clone();
            by_queue.entry(queue).or_default().push(Member { registered, counters });
        }
        by_queue
            .into_iter()
            .map(|(queue, members)| {
                let channel = members[0].registered.channel;
                let transport = Arc::clone(app.transport(channel));
                let colocated = EventStore::identity(&**app.store()) == transport.identity();
                Self {
                    colocated,
                    ..Self::new(app.clone(), transport, queue.into(), members, Arc::clone(conduct))
                }
            })
            .collect()
    }

    /// One of a queue that is somewhere else than the database.
    pub(crate) fn new(
        app: App<B>,
        transport: Arc<dyn Transport>,
        queue: Arc<str>,
        members: Vec<Member>,
        conduct: Arc<Conduct>,
    ) -> Self {
        Self {
            heartbeat: Heartbeat::new(Arc::clone(&transport), app.settings().lease),
            app,
            transport,
            queue,
            members,
            colocated: false,
            contention: Contention::default(),
            regrets: Regrets::default(),
            conduct,
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The queue's only subscriber, if its deliveries share commits.
    pub(crate) fn sharing(&self) -> Option<&Member> {
        let [member] = &self.members[..] else { return None };
        let options = &member.registered.options;
        let shares = options.share_commit.unwrap_or(options.writes_only || options.batch.is_some());
        shares.then_some(member)
    }

    /// How many deliveries run at the same time.
    pub(crate) fn concurrency(&self) -> usize {
        let declared = self.members.iter().filter_map(|one| one.registered.options.concurrency).min();
        declared.unwrap_or(self.app.settings().concurrency).get() as usize
    }

    /// Receives up to `max` messages and sorts them into lanes.
    pub(crate) async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Lane>> {
        let lease = self.app.settings().lease;
        if !wait.is_zero() {
            self.contention.wait().await;
        }
        let received = self.transport.receive(&self.queue, max, lease, wait).await?;
        if received.is_empty() {
            return Ok(Vec::new());
        }
        kill::point("worker.received");
        self.heartbeat.hold(received.iter().map(|one| &one.receipt));
        let receipts: Vec<Receipt> = received.iter().map(|one| one.receipt.clone()).collect();
        let lanes = self.sort(received).await;
        if lanes.is_err() {
            self.give_back(self.heartbeat.held_of(&receipts).iter()).await;
        }
        lanes
    }

    /// Sorts messages into lanes, and buries what is no event at all.
    async fn sort(&self, received: Vec<Delivered>) -> Result<Vec<Lane>> {
        let mut lanes: Vec<Lane> = Vec::new();
        let mut by_key: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        for delivered in received {
            match Incoming::read(delivered) {
                Ok(incoming) => match incoming.receipt.lane.clone() {
                    None => lanes.push(vec![incoming]),
                    Some(lane) => {
                        let index = *by_key.entry(lane).or_insert_with(|| {
                            lanes.push(Vec::new());
                            lanes.len() - 1
                        });
                        lanes[index].push(incoming);
                    }
                },
                Err(unreadable) => self.bury(&unreadable.0, &unreadable.1).await?,
            }
        }
        Ok(lanes)
    }

    /// Handles lanes one after the other; those that nobody has received before share commits if they may.
    /// What it does not come to, because of an error or because the worker stops, is given back.
    pub(crate) async fn handle(&self, lanes: Vec<Lane>) -> Result<()> {
        let receipts: Vec<Receipt> = lanes.iter().flatten().map(|one| one.receipt.clone()).collect();
        let handled = self.handle_in_turn(lanes).await;
        self.give_back(self.heartbeat.held_of(&receipts).iter()).await;
        handled
    }

    async fn handle_in_turn(&self, lanes: Vec<Lane>) -> Result<()> {
        let Some(member) = self.sharing() else {
            for lane in lanes {
                self.handle_lane(lane).await?;
            }
            return Ok(());
        };
        let (fresh, others): (Vec<Lane>, Vec<Lane>) =
            lanes.into_iter().partition(|lane| lane.iter().all(|one| may_share(member, one)));
        let mut batch: Vec<Lane> = Vec::new();
        let most = self.app.settings().shared_commit;
        for lane in fresh {
            if !batch.is_empty() && batch.iter().map(Vec::len).sum::<usize>() + lane.len() > most {
                self.handle_together(member, std::mem::take(&mut batch)).await?;
            }
            batch.push(lane);
        }
        self.handle_together(member, batch).await?;
        self.handle_apart(others).await
    }

    /// Lanes one by one, while no other batch of the queue runs.
    async fn handle_apart(&self, lanes: Vec<Lane>) -> Result<()> {
        let _turn = self.turn.lock().await;
        for lane in lanes {
            self.handle_lane(lane).await?;
        }
        Ok(())
    }

    /// Lanes that share a commit; one by one when one of their deliveries fails.
    async fn handle_together(&self, member: &Member, lanes: Vec<Lane>) -> Result<()> {
        if self.conduct.is_stopping() {
            return Ok(());
        }
        let incoming: Vec<Incoming> = lanes.into_iter().flatten().collect();
        if incoming.len() > 1 || member.registered.options.batch.is_some() && !incoming.is_empty() {
            match self.handle_shared(member, &incoming).await {
                Ok(Shared::Committed) => {
                    self.heartbeat.let_go(incoming.iter().map(|one| &one.receipt));
                    self.contention.kept();
                    kill::point("worker.acknowledged");
                    return Ok(());
                }
                Ok(Shared::Undone) => {}
                Err(error) => {
                    self.give_back(incoming.iter().map(|one| &one.receipt)).await;
                    return Err(error);
                }
            }
        }
        self.handle_apart(into_lanes(incoming)).await
    }

    /// Handles the messages of one key, in order, each on its own. When one must wait, the rest is given back.
    pub(crate) async fn handle_lane(&self, lane: Lane) -> Result<()> {
        let mut rest = lane.into_iter();
        while let Some(incoming) = rest.next() {
            let stopping = self.conduct.is_stopping();
            let handled = if stopping { Ok(Outcome::Untried) } else { self.handle_one(&incoming).await };
            let settled = match handled {
                Ok(outcome) => self.settle(&incoming.receipt, outcome).await,
                Err(error) => {
                    self.give_back(std::iter::once(&incoming.receipt)).await;
                    Err(error)
                }
            };
            if !matches!(settled, Ok(true)) {
                let left: Vec<Incoming> = rest.collect();
                self.give_back(left.iter().map(|one| &one.receipt)).await;
                return settled.map(drop);
            }
            kill::point("worker.acknowledged");
        }
        Ok(())
    }

    /// One message to every subscriber of the queue that takes it.
    async fn handle_one(&self, incoming: &Incoming) -> Result<Outcome> {
        let takers: Vec<&Member> = incoming.takers(&self.members).collect();
        match takers[..] {
            [] => self.unknown(incoming).await,
            [member] if self.members.len() == 1 => {
                let receipt = self.colocated.then_some(&incoming.receipt);
                self.attempt(member, incoming, receipt).await
            }
            _ => {
                let lost = self.heartbeat.lost(&incoming.receipt);
                let mut later: Option<Duration> = None;
                for member in takers {
                    match self.attempt(member, incoming, None).await? {
                        Outcome::Later(delay) => {
                            later = Some(later.map_or(delay, |known| known.min(delay)));
                        }
                        Outcome::Untried => return Ok(Outcome::Untried),
                        Outcome::Lost if lost.is_cancelled() => return Ok(Outcome::Lost),
                        Outcome::Finished | Outcome::Acknowledged | Outcome::Lost => {}
                    }
                }
                Ok(later.map_or(Outcome::Finished, Outcome::Later))
            }
        }
    }

    /// A message that no subscriber of the queue takes: a newer binary may.
    async fn unknown(&self, incoming: &Incoming) -> Result<Outcome> {
        let Some(member) = self.members.first() else { return Ok(Outcome::Finished) };
        let name = incoming.envelope.name.clone();
        let entry = InboxEntry { name: name.clone(), ..incoming.entry(member) };
        let receipt = self.colocated.then_some(&incoming.receipt);
        self.undecodable(member, incoming, entry, receipt, &DecodeError::UnknownName { name }).await
    }

    /// Does with the message what its outcome says; `false` if its key has to wait.
    async fn settle(&self, receipt: &Receipt, outcome: Outcome) -> Result<bool> {
        self.heartbeat.let_go(std::iter::once(receipt));
        match outcome {
            Outcome::Lost => self.contention.lost(),
            Outcome::Acknowledged | Outcome::Finished => self.contention.kept(),
            Outcome::Later(_) | Outcome::Untried => {}
        }
        match outcome {
            Outcome::Acknowledged => Ok(true),
            Outcome::Finished => {
                self.acknowledge(std::iter::once(receipt)).await?;
                Ok(true)
            }
            Outcome::Later(delay) => {
                self.transport.retry(receipt, delay).await?;
                Ok(false)
            }
            Outcome::Untried => {
                self.give_back(std::iter::once(receipt)).await;
                Ok(false)
            }
            Outcome::Lost => Ok(false),
        }
    }

    pub(crate) async fn acknowledge(&self, receipts: impl Iterator<Item = &Receipt>) -> Result<()> {
        let receipts: Vec<Receipt> = receipts.cloned().collect();
        // A receipt that was lost comes again and is recognised by the inbox.
        self.transport.acknowledge(&receipts).await.map(drop)
    }

    /// Gives messages back; where that fails, their leases end by themselves.
    pub(crate) async fn give_back(&self, receipts: impl Iterator<Item = &Receipt>) {
        let receipts: Vec<Receipt> = receipts.cloned().collect();
        if receipts.is_empty() {
            return;
        }
        self.heartbeat.let_go(receipts.iter());
        if let Err(error) = self.transport.release(&receipts).await {
            tracing::debug!(queue = &*self.queue, error = error.chain(), "could not give messages back");
        }
    }

    /// A message that is no event at all becomes a dead letter of the queue's first subscriber.
    async fn bury(&self, delivered: &Delivered, error: &DecodeError) -> Result<()> {
        let Some(member) = self.members.first() else { return Ok(()) };
        let subscriber = Arc::clone(&member.registered.name);
        tracing::error!(subscriber = &*subscriber, error = %error, "gives up a message that is no event");
        let letter = NewDeadLetter {
            entry: InboxEntry {
                subscriber: Arc::clone(&subscriber),
                source: "unknown".to_owned(),
                name: "unknown".to_owned(),
                idempotency_key: format!("{} {}", delivered.receipt.queue, delivered.receipt.handle),
                key: delivered.receipt.lane.as_deref().map(str::to_owned),
            },
            queue: self.queue.to_string(),
            body: delivered.body.to_string(),
            cause: DeadLetterCause::Undecodable,
            error: error.to_string(),
            attempts: 0,
            holds_key: false,
        };
        let mut tx = self.app.begin().await?;
        tx.inner()?.keep_dead_letter(&letter).await?;
        tx.commit().await?;
        count(&member.counters.dead_letters, &subscriber, "dead_letter", 1);
        self.heartbeat.let_go(std::iter::once(&delivered.receipt));
        self.acknowledge(std::iter::once(&delivered.receipt)).await
    }
}

fn into_lanes(incoming: Vec<Incoming>) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for one in incoming {
        match lanes.last_mut() {
            Some(lane) if one.receipt.lane.is_some() && lane[0].receipt.lane == one.receipt.lane => {
                lane.push(one);
            }
            _ => lanes.push(vec![one]),
        }
    }
    lanes
}

fn may_share(member: &Member, incoming: &Incoming) -> bool {
    incoming.is_fresh() && incoming.takers(std::slice::from_ref(member)).next().is_some()
}
