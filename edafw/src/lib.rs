#![doc = include_str!("docs/overview.md")]

mod app;
mod call;
mod catalogue;
mod cause;
mod cli;
#[cfg(feature = "contracts")]
pub mod contracts;
mod fetch;
mod history;
mod prepared;
mod registry;
mod replay;
mod state;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;
mod worker;

pub use app::{App, AppBuilder, Confirmation, Settings};
pub use call::{Completion, Delivery};
pub use catalogue::{Catalogue, CatalogueFormat};
pub use edafw_core::{
    Backend, Backoff, Binding, BoxFuture, Channel, Clock, DeadLetter, DeadLetterCause, DeadLetterFilter,
    DecodeError, DeliveryStore, Destination, DomainEvent, Drift, Envelope, Error, ErrorKind, Event, EventId,
    EventQuery, EventState, EventStore, EventType, ExternalEvent, Failure, InvalidTraceContext, Jitter,
    KEY_CHARS, ManualClock, Message, NewDeadLetter, RawEnvelope, RepublishPolicy, Result, RetryPolicy,
    StoreCounts, StoreOptions, StoredEvent, SystemClock, Topology, Transport,
};
pub use edafw_macros::{domain_event, external_event, service, subscriber, worker};
#[cfg(feature = "mysql")]
pub use edafw_sqlx::MySql;
#[cfg(feature = "postgres")]
pub use edafw_sqlx::Postgres;
#[cfg(feature = "sqlite")]
pub use edafw_sqlx::Sqlite;
#[cfg(feature = "sqs")]
pub use edafw_sqs::{SqsConfig, SqsTransport, Topics};
pub use fetch::{Fetch, Fetched};
pub use history::{History, PastEvent, TypedHistory};
pub use registry::{Failed, Subscriber};
pub use replay::{Replay, Replayed};
pub use state::State;
pub use tokio_util::sync::CancellationToken;
pub use transaction::{Publication, Tx};
pub use worker::{DeliveryStats, Retried, Worker};

/// What the annotations' generated code names, and nobody else.
#[doc(hidden)]
pub mod __private {
    pub use edafw_core::{
        AfterDeadLetter, Backoff, BoxFuture, Channel, DomainEvent, Event, EventKey, EventType, ExternalEvent,
        Failure, Jitter, Layer, OnFailure, Ordering, Phase, RetryPolicy, join_keys,
    };
    pub use inventory;
    #[cfg(feature = "contracts")]
    pub use schemars;
    pub use serde;
    pub use serde_json;

    pub use crate::call::{
        AfterCompletionArgument, AfterTransactionArgument, Argument, ArgumentCheck, Arguments, Call, Handler,
        Outcome, TransactionArgument, TxArgument, WorkerArgument, phase, transaction,
    };
    pub use crate::cli::{Application, worker_main};
    #[cfg(feature = "contracts")]
    pub use crate::contracts::{ContractField, schema_of};
    pub use crate::fetch::Fetcher;
    pub use crate::prepared::Prepared;
    pub use crate::registry::{
        Decoded, DomainEventDeclaration, EventDeclaration, ExternalEventDeclaration, IsDomainEvent,
        IsExternalEvent, KeyFields, MadeOf, MadeOfFailed, PublishFailure, Subscriber, SubscriberDeclaration,
        SubscriberOptions, Upcaster, key_field, publish_failure,
    };
    pub use crate::transaction::dispatch;
}

/// The examples of the read-me, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadMe;
