//! The vocabulary and the seams of edafw.
//!
//! Everything that two other crates must agree on lives here and nothing else does: what an event is and
//! how it looks on the wire ([`Envelope`]), what is subscribed to what ([`Topology`]), and the traits that a
//! database ([`EventStore`], [`Transaction`]) and a transport ([`Transport`]) implement. No runtime, no
//! database driver and no broker SDK is a dependency of this crate.
//!
//! Users of the framework depend on `edafw`, which re-exports what they meet. Authors of a backend depend
//! on this crate and run the suites of `edafw-testkit` against it.

mod clock;
mod dead_letter;
mod delivery_store;
mod effect;
mod envelope;
mod error;
mod event;
mod failure;
mod history;
pub mod kill;
mod name;
mod own_queues;
mod retry;
mod store;
mod subscriber;
mod topology;
mod trace_context;
mod transaction;
mod transport;

pub use clock::{Clock, ManualClock, SystemClock, from_millis, to_millis};
pub use dead_letter::{DeadLetter, DeadLetterCause, DeadLetterFilter, NewDeadLetter};
pub use delivery_store::{Attempt, DeliveryStore};
pub use effect::{Effect, EffectState};
pub use envelope::{DecodeError, Envelope, RawEnvelope};
pub use error::{Error, ErrorKind, Result};
pub use event::{DomainEvent, Event, EventId, EventKey, EventType, ExternalEvent, KEY_CHARS, join_keys};
pub use failure::{Disposition, Failure};
pub use history::{EventQuery, EventState, StoredEvent};
pub use name::{InvalidName, check_name};
pub use own_queues::{OwnQueues, Polled};
pub use retry::{Backoff, InvalidBackoff, Jitter, RetryPolicy};
pub use store::{
    Archived, EventStore, NewEvent, Outgoing, RepublishPolicy, Republished, Schema, SendResult, StoreCounts,
};
pub use subscriber::{AfterDeadLetter, Layer, OnFailure, Ordering, Phase};
pub use topology::{Binding, Channel, Queue, Topology, topic_name};
pub use trace_context::{InvalidTraceContext, check_trace_parent, check_trace_state};
pub use transaction::{Backend, CommitError, InboxEntry, InboxState, StoreOptions, Transaction};
pub use transport::{
    BoxFuture, Delivered, Destination, Drift, ExtendLease, Limits, Message, Provision, QueueDepth, Receipt,
    Transport,
};
