//! The contract with a transport: what carries events from the relay to the subscribers' queues.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::{EventId, Result, Topology};

/// A boxed future, so that traits of this crate can be used behind `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What every transport must be able to do. Optional powers are the traits behind the last three methods.
///
/// All methods may be called from several tasks at once. A dropped future of [`publish`](Self::publish)
/// leaves it open whether the messages were accepted; the caller sends them again. A dropped future of
/// [`receive`](Self::receive) may strand deliveries until their lease ends, never longer. No method tries
/// again by itself beyond what its client library does: the caller does, with backoff.
pub trait Transport: Send + Sync + Debug + 'static {
    /// What it is called in URLs and reports, such as `embedded`.
    fn name(&self) -> &'static str;

    /// Which place it talks to, without credentials; equal for two handles of the same place.
    fn identity(&self) -> &str;

    /// What it can carry.
    fn limits(&self) -> Limits;

    /// Hands messages to a topic, or to one queue alone, in the order given.
    ///
    /// The result has one entry per message, in the same order; a failed entry says nothing about the others
    /// except where [`Limits::failed_entry_fails_key`] says so. An accepted message reaches every queue
    /// bound to the topic at least once. At most `limits().batch` messages are given.
    ///
    /// # Errors
    /// The outer error means that it is not known of any message whether it was accepted.
    fn publish<'a>(
        &'a self,
        to: &'a Destination,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Result<()>>>>;

    /// Takes up to `max` messages of a queue, leased for `lease`; waits up to `wait` for the first one.
    ///
    /// Of an ordered queue, messages of one key come in order, and no other receiver gets a message of that
    /// key before these are acknowledged, released or their lease has ended. An empty result is not an error.
    ///
    /// # Errors
    /// The transport could not be reached, or the queue does not exist.
    fn receive<'a>(
        &'a self,
        queue: &'a str,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> BoxFuture<'a, Result<Vec<Delivered>>>;

    /// Removes messages for good. Idempotent. One result per receipt; [`ErrorKind::Fenced`] where the lease
    /// was lost and somebody else holds the message.
    ///
    /// [`ErrorKind::Fenced`]: crate::ErrorKind::Fenced
    ///
    /// # Errors
    /// The outer error means that it is not known of any receipt whether it was removed.
    fn acknowledge<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<Vec<Result<()>>>>;

    /// Gives messages back, to be received again at once, as if they had not been received.
    ///
    /// # Errors
    /// The transport could not be reached: the messages come again when their lease ends.
    fn release<'a>(&'a self, receipts: &'a [Receipt]) -> BoxFuture<'a, Result<()>>;

    /// Gives a message back to be received again after `delay`, its key waiting behind it. The receive
    /// counts.
    ///
    /// # Errors
    /// The transport could not be reached: the message comes again when its lease ends.
    fn retry<'a>(&'a self, receipt: &'a Receipt, delay: Duration) -> BoxFuture<'a, Result<()>>;

    /// The power to lengthen leases.
    fn extend_lease(&self) -> Option<&dyn ExtendLease>;

    /// The power to create and compare topics and queues.
    fn provision(&self) -> Option<&dyn Provision>;

    /// The power to tell how many messages a queue holds.
    fn queue_depth(&self) -> Option<&dyn QueueDepth>;
}

/// What a transport can carry: plain data that the relay and the tests read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Messages in one `publish`, at most.
    pub batch: usize,
    /// Messages in one `receive`, at most.
    pub receive: usize,
    /// Bytes of one message on the wire, at most.
    pub message_bytes: usize,
    /// Whether a failed entry of a batch fails the later entries of its key too, so that several messages
    /// of one key may share a batch.
    pub failed_entry_fails_key: bool,
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Destination {
    /// To every queue that is bound to the topic.
    Topic(String),
    /// To one queue, whatever it is bound to: reconciliation and retried dead letters.
    Queue(String),
}

/// One message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The event.
    pub id: EventId,
    /// The event's name; queues filter on it.
    pub name: String,
    /// The unit of order.
    pub key: Option<String>,
    /// Counts the sends of this event; a transport that drops repeated ids within a window must take two
    /// generations of one event for two messages.
    pub generation: u32,
    /// The envelope's wire form.
    pub body: String,
}

/// One received message.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// What to acknowledge it with.
    pub receipt: Receipt,
    /// How often it was received, this time included; receives that were released do not count.
    pub receive_count: u32,
    /// The envelope's wire form as it was sent.
    pub body: Arc<str>,
}

/// Names one receive of one message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Receipt {
    /// The queue it was received from.
    pub queue: Arc<str>,
    /// The transport's own name for the message.
    pub handle: Arc<str>,
    /// The unit of order; `None` where the message has none.
    pub lane: Option<Arc<str>>,
    /// The fencing token of this receive, where the transport has one.
    pub token: i64,
}

/// Lengthens leases while handlers run.
pub trait ExtendLease: Send + Sync {
    /// Lets the leases end `lease` from now; answers which receipts are lost to somebody else.
    ///
    /// # Errors
    /// The transport could not be reached. The leases may have ended, which only the fence decides.
    fn extend<'a>(&'a self, receipts: &'a [Receipt], lease: Duration) -> BoxFuture<'a, Result<Vec<Receipt>>>;
}

/// Creates and compares topics and queues.
pub trait Provision: Send + Sync {
    /// What `apply` would change. Empty where everything is as declared.
    ///
    /// # Errors
    /// The transport could not be reached, or reading is not allowed.
    fn plan<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>>;

    /// Makes it so; answers what it changed. Idempotent, removes nothing.
    ///
    /// # Errors
    /// The transport could not be reached, or creating is not allowed.
    fn apply<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>>;
}

/// One difference between what is declared and what exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// The queue does not exist.
    MissingQueue {
        /// Its declared name.
        queue: String,
    },
    /// The queue exists under a former name.
    RenamedQueue {
        /// The name it has.
        from: String,
        /// Its declared name.
        to: String,
    },
    /// A declared binding does not exist: the queue misses these events.
    MissingBinding {
        /// The queue.
        queue: String,
        /// What it should get.
        binding: crate::Binding,
    },
    /// A binding exists that is not declared: the queue gets events that nobody handles.
    ExtraBinding {
        /// The queue.
        queue: String,
        /// What it gets.
        binding: crate::Binding,
    },
    /// The queue's order is not the declared one.
    OrderingDiffers {
        /// The queue.
        queue: String,
        /// The declared order.
        declared: crate::Ordering,
    },
    /// A setting of the queue is not as declared: its dead letter queue, its rights, how long it keeps messages.
    SettingDiffers {
        /// The queue.
        queue: String,
        /// The setting, in the transport's words.
        setting: String,
        /// What it should be.
        declared: String,
        /// What it is; `None` where it is not set.
        found: Option<String>,
    },
    /// A queue of this service exists that no subscriber declares; it is kept until it is pruned on request.
    UndeclaredQueue {
        /// The queue.
        queue: String,
        /// Messages waiting in it.
        messages: u64,
    },
}

/// Tells how many messages wait.
pub trait QueueDepth: Send + Sync {
    /// Messages in the queue, leased and delayed ones included; approximate where the broker's count is.
    ///
    /// # Errors
    /// The transport could not be reached.
    fn depth<'a>(&'a self, queue: &'a str) -> BoxFuture<'a, Result<u64>>;
}
