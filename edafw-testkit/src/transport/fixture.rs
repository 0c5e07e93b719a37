//! What a transport tells the suite about itself, and the place that each behaviour gets.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Binding, BoxFuture, Delivered, Destination, ManualClock, Message, Ordering, Queue, Receipt, Result,
    Topology, Transport,
};
use uuid::Uuid;

/// A place of one's own on a transport for one test; dropped, it is gone.
pub trait TransportFixture: Send + Sync + Sized + 'static {
    /// What this transport promises beyond what all must.
    const TRAITS: TransportTraits;

    /// A new, empty place.
    fn create() -> BoxFuture<'static, Self>;

    /// A handle to it; every call is another process.
    fn connect<'a>(&'a self, clock: &'a Arc<ManualClock>) -> BoxFuture<'a, Arc<dyn Transport>>;

    /// Lets time pass: moves the clock where the transport reads it, waits where a broker has its own.
    fn pass<'a>(&'a self, clock: &'a ManualClock, by: Duration) -> BoxFuture<'a, ()>;

    /// Checks what must hold of the stored state between any two calls; called after every step of a random
    /// schedule.
    fn check(&self) -> BoxFuture<'_, ()>;
}

/// What a transport promises beyond what all must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a promise of its own, kept or not")]
pub struct TransportTraits {
    /// Whether a receipt whose lease was lost to somebody else is refused.
    pub fences: bool,
    /// Whether receives that were released are not counted.
    pub uncounts_releases: bool,
    /// Whether a queue or topic that does not exist is told apart from an empty one.
    pub knows_its_queues: bool,
    /// Whether queues that are declared so keep the order of a key. Where not, only the behaviours of
    /// [`unordered_transport_suite`](crate::unordered_transport_suite) are asked for.
    pub orders: bool,
    /// Whether a message may still be acknowledged after its lease has ended, while nobody else has it.
    pub keeps_late_receipts: bool,
    /// Whether a later message of a key that waits for its delay leaves the earlier ones receivable. Where not, the
    /// whole key waits.
    pub delays_single_messages: bool,
    /// Whether a receive takes the first messages of several keys before it takes more of one. Where not, a long key
    /// fills it, and the others come with the next one.
    pub mixes_keys: bool,
    /// Whether bodies may hold characters that JSON text has to write as escapes.
    pub takes_control_characters: bool,
    /// The shortest time that tests may rely on: a millisecond where they turn the clock, more where a broker has a
    /// time of its own, which goes on while a test runs.
    pub moment: Duration,
    /// How long a receive waits for a message that was published before: zero where it is there at once.
    pub wait: Duration,
    /// The lease of most receives in these tests.
    pub lease: Duration,
}

impl TransportTraits {
    /// Whether time goes on by itself, so that tests wait where others turn the clock.
    pub fn has_its_own_time(&self) -> bool {
        self.moment > Duration::from_millis(1)
    }
}

/// The topic of most tests.
pub const TOPIC: &str = "shop.internal";

/// A fresh place with a clock that stands still, and short words for what most behaviours do.
pub struct TestTransport<F: TransportFixture> {
    /// The handle.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<ManualClock>,
    /// The fixture.
    pub fixture: F,
}

impl<F: TransportFixture> TestTransport<F> {
    /// A place with these queues, each bound to every event of [`TOPIC`] and ordered by key.
    ///
    /// # Panics
    /// The place could not be made.
    pub async fn new(queues: &[&str]) -> Self {
        let queues = queues.iter().map(|name| queue(name, &[None])).collect();
        Self::with(queues).await
    }

    /// A place with these queues.
    ///
    /// # Panics
    /// The place could not be made.
    pub async fn with(queues: Vec<Queue>) -> Self {
        let fixture = F::create().await;
        let clock = Arc::new(ManualClock::default());
        let transport = fixture.connect(&clock).await;
        let test = Self { transport, clock, fixture };
        if !queues.is_empty() {
            let provision =
                test.transport.provision().expect("the suite needs a transport that can provision");
            provision.apply(&topology(queues)).await.expect("the queues are created");
        }
        test
    }

    /// A second handle of the same place.
    pub async fn another(&self) -> Arc<dyn Transport> {
        self.fixture.connect(&self.clock).await
    }

    /// Lets time pass.
    pub async fn pass(&self, by: Duration) {
        self.fixture.pass(&self.clock, by).await;
    }

    /// Lets the leases of [`receive`](Self::receive) end.
    pub async fn pass_lease(&self) {
        self.pass(F::TRAITS.lease).await;
    }

    /// Publishes messages such as `a1 b2 -3` to [`TOPIC`].
    ///
    /// # Panics
    /// One was refused.
    pub async fn publish(&self, labels: &str) {
        self.send(&Destination::Topic(TOPIC.to_owned()), &messages(labels)).await;
    }

    /// Publishes messages, in batches that the transport takes.
    ///
    /// # Panics
    /// One was refused.
    pub async fn send(&self, to: &Destination, messages: &[Message]) {
        for batch in messages.chunks(self.transport.limits().batch) {
            let results = self.transport.publish(to, batch).await.expect("the batch is accepted");
            assert_eq!(results.len(), batch.len(), "one result per message");
            for (result, message) in results.into_iter().zip(batch) {
                result.unwrap_or_else(|error| panic!("`{}` was refused: {}", message.body, error.chain()));
            }
        }
    }

    /// Receives what is there.
    ///
    /// # Panics
    /// The transport refused.
    pub async fn receive(&self, queue: &str, max: usize) -> Vec<Delivered> {
        receive::<F>(&*self.transport, queue, max).await
    }

    /// What [`receive`](Self::receive) finds, as text: `a1 b2`.
    ///
    /// # Panics
    /// The transport refused.
    pub async fn take(&self, queue: &str, max: usize) -> String {
        bodies(&self.receive(queue, max).await)
    }

    /// Acknowledges, and asserts that all were held.
    ///
    /// # Panics
    /// One was not held any more.
    pub async fn acknowledge(&self, delivered: &[Delivered]) {
        for (result, one) in self.try_acknowledge(delivered).await.into_iter().zip(delivered) {
            result.unwrap_or_else(|error| panic!("`{}` was lost: {}", one.body, error.chain()));
        }
    }

    /// Acknowledges; one result per message.
    ///
    /// # Panics
    /// The transport refused as a whole.
    pub async fn try_acknowledge(&self, delivered: &[Delivered]) -> Vec<Result<()>> {
        let results =
            self.transport.acknowledge(&receipts(delivered)).await.expect("the acknowledgement is taken");
        assert_eq!(results.len(), delivered.len(), "one result per receipt");
        results
    }

    /// Receives and acknowledges until the queue is empty; all bodies, in order of arrival.
    ///
    /// # Panics
    /// The transport refused, or one came that was not held.
    pub async fn drain(&self, queue: &str) -> Vec<String> {
        let mut drained = Vec::new();
        loop {
            let delivered = self.receive(queue, 10).await;
            if delivered.is_empty() {
                return drained;
            }
            self.acknowledge(&delivered).await;
            drained.extend(delivered.iter().map(|one| one.body.to_string()));
        }
    }
}

/// Receives what is there, through a handle.
///
/// # Panics
/// The transport refused.
pub async fn receive<F: TransportFixture>(
    transport: &dyn Transport,
    queue: &str,
    max: usize,
) -> Vec<Delivered> {
    let delivered = transport.receive(queue, max, F::TRAITS.lease, F::TRAITS.wait).await.expect("a receive");
    assert!(delivered.len() <= max, "{} received, at most {max} wanted", delivered.len());
    delivered
}

/// A queue that gets these events of [`TOPIC`]; `None` stands for all.
pub fn queue(name: &str, events: &[Option<&str>]) -> Queue {
    let bindings = events.iter().map(|event| binding(TOPIC, *event)).collect();
    Queue { name: name.to_owned(), formerly: Vec::new(), bindings, ordering: Ordering::Key }
}

/// A binding.
pub fn binding(topic: &str, event: Option<&str>) -> Binding {
    Binding { topic: topic.to_owned(), event: event.map(str::to_owned) }
}

/// The topology of the service `shop` with these queues.
pub fn topology(queues: Vec<Queue>) -> Topology {
    let mut topics: Vec<String> =
        queues.iter().flat_map(|queue| &queue.bindings).map(|binding| binding.topic.clone()).collect();
    topics.push(TOPIC.to_owned());
    topics.sort();
    topics.dedup();
    Topology { service: "shop".to_owned(), topics, queues }
}

/// A message of the event `order.paid`; `a1` has the key `a`, `-1` none.
pub fn message(label: &str) -> Message {
    let key = label.trim_end_matches(|c: char| c.is_ascii_digit());
    Message {
        id: Uuid::now_v7(),
        name: "order.paid".to_owned(),
        key: (key != "-").then(|| key.to_owned()),
        generation: 0,
        body: label.to_owned(),
    }
}

/// Messages such as `a1 b2 -3`.
pub fn messages(labels: &str) -> Vec<Message> {
    labels.split_whitespace().map(message).collect()
}

/// The receipts of messages.
pub fn receipts(delivered: &[Delivered]) -> Vec<Receipt> {
    delivered.iter().map(|one| one.receipt.clone()).collect()
}

/// The bodies of messages, in order.
pub fn bodies(delivered: &[Delivered]) -> String {
    delivered.iter().map(|one| &*one.body).collect::<Vec<_>>().join(" ")
}
