//! What the annotations declare: constants that the linker collects, and the list an application takes.

use std::any::{Any, TypeId};
use std::num::NonZeroU32;

use edafw_core::{
    AfterDeadLetter, DecodeError, DomainEvent, Envelope, Event, EventType, ExternalEvent, Failure, Layer,
    OnFailure, Ordering, Phase, RawEnvelope, RetryPolicy,
};

use crate::call::{ArgumentCheck, Handler};
use crate::fetch::Fetcher;
use crate::prepared::{Origin, Prepared};

/// A subscriber as its annotation declares it. Everything in it is constant.
#[derive(Clone, Copy)]
pub struct SubscriberDeclaration {
    /// The service that its crate belongs to.
    pub service: &'static str,
    /// The stored name, unique in the service.
    pub name: &'static str,
    /// Names it had before: their queue and inbox are kept.
    pub formerly: &'static [&'static str],
    /// Where it stands.
    pub layer: Layer,
    /// When it runs.
    pub phase: Phase,
    /// What it takes.
    pub event: EventDeclaration,
    /// The database that its `&mut Tx<_>` names, if it takes one.
    pub database: Option<DatabaseDeclaration>,
    /// What its other arguments need of the application.
    pub arguments: &'static [ArgumentCheck],
    /// What has to be fetched for them before the transaction begins.
    pub fetchers: &'static [Option<Fetcher>],
    /// The rest of the annotation.
    pub options: SubscriberOptions,
    /// How to call it.
    pub handler: Handler,
    /// `file:line` of the annotation, for messages.
    pub location: &'static str,
}

/// The options of `#[subscriber]` that have a default.
#[derive(Clone, Copy)]
pub struct SubscriberOptions {
    /// `retry(max_attempts = .., backoff = "..", jitter = ..)`.
    pub retry: RetryPolicy,
    /// `on_failure = dead_letter | ignore | publish(Event)`.
    pub on_failure: OnFailure,
    /// Makes the event of `on_failure = publish(..)`.
    pub publish_failure: Option<PublishFailure>,
    /// `after_dead_letter = continue | hold`.
    pub after_dead_letter: AfterDeadLetter,
    /// `queue = "name"`: shared with the other subscribers that name it.
    pub queue: Option<&'static str>,
    /// `concurrency = n`: deliveries at the same time in one worker.
    pub concurrency: Option<NonZeroU32>,
    /// `ordering = key | none`.
    pub ordering: Ordering,
    /// `order = n`: place among the application subscribers of one event and phase.
    pub order: i32,
    /// `batch = n`: takes a slice of up to n events.
    pub batch: Option<NonZeroU32>,
    /// `share_commit = true | false`.
    pub share_commit: Option<bool>,
    /// `from = beginning`: also gets the events that were stored before it existed.
    pub from_beginning: bool,
    /// Whether the function takes a `Tx` and nothing beside it but the event and its metadata, so that all it does
    /// is undone with the transaction and sharing a commit is safe by default.
    pub writes_only: bool,
}

impl SubscriberDeclaration {
    /// Whether the owner of its event is asked before it is called.
    pub(crate) fn fetches(&self) -> bool {
        self.fetchers.iter().any(Option::is_some)
    }
}

impl SubscriberOptions {
    /// What an annotation without options means.
    pub const DEFAULT: Self = Self {
        retry: RetryPolicy::DEFAULT,
        on_failure: OnFailure::DeadLetter,
        publish_failure: None,
        after_dead_letter: AfterDeadLetter::Continue,
        queue: None,
        concurrency: None,
        ordering: Ordering::Key,
        order: 0,
        batch: None,
        share_commit: None,
        from_beginning: false,
        writes_only: false,
    };
}

impl SubscriberOptions {
    /// Whether all that the subscriber does is undone with its transaction.
    pub(crate) fn is_undone_with_its_transaction(&self) -> bool {
        self.writes_only || self.share_commit == Some(true)
    }
}

/// The event that tells of a failure.
#[derive(Clone, Copy)]
pub struct PublishFailure {
    /// Which one it is.
    pub event: EventType,
    /// Makes it: from the envelope, the error and the number of attempts.
    pub make: fn(&(dyn Any + Send + Sync), &str, u32, &Origin<'_>) -> Result<Prepared, Failure>,
}

/// What `on_failure = publish(OrderFailed)` makes `OrderFailed` of, by `From<Failed<'_, OrderPaid>>`.
#[derive(Debug, Clone, Copy)]
pub struct Failed<'a, E> {
    /// The event that could not be handled.
    pub envelope: &'a Envelope<E>,
    /// What the last attempt said.
    pub error: &'a str,
    /// Attempts that were made.
    pub attempts: u32,
}

/// An `Envelope<E>`, or a `Vec<Envelope<E>>`, whose type only the subscriber knows.
pub type Decoded = Box<dyn Any + Send + Sync>;

/// An event type behind functions, so that the worker can decode what it does not know.
#[derive(Clone, Copy)]
pub struct EventDeclaration {
    /// Name, version and the rest.
    pub event_type: EventType,
    /// The type itself.
    pub type_id: fn() -> TypeId,
    /// Decodes into an `Envelope<E>`.
    pub decode: fn(&RawEnvelope) -> Result<Decoded, DecodeError>,
    /// Turns decoded envelopes into a `Vec<Envelope<E>>`, for handlers that take a slice.
    pub collect: fn(Vec<Decoded>) -> Decoded,
}

impl EventDeclaration {
    /// The declaration of `E`.
    pub const fn of<E: Event>() -> Self {
        Self {
            event_type: E::TYPE,
            type_id: TypeId::of::<E>,
            decode: |raw| Ok(Box::new(raw.decode::<E>()?)),
            collect: |envelopes| {
                let typed: Vec<Envelope<E>> = envelopes
                    .into_iter()
                    .filter_map(|envelope| envelope.downcast::<Envelope<E>>().ok())
                    .map(|envelope| *envelope)
                    .collect();
                Box::new(typed)
            },
        }
    }
}

/// A kind of database, as a handler's `&mut Tx<_>` names it.
#[derive(Clone, Copy)]
pub struct DatabaseDeclaration {
    /// The scheme of its URLs.
    pub scheme: &'static str,
    /// The marker type.
    pub type_id: fn() -> TypeId,
}

/// A domain event as its annotation declares it.
#[derive(Clone, Copy)]
pub struct DomainEventDeclaration {
    /// The event.
    pub event: EventDeclaration,
    /// `file:line` of the annotation.
    pub location: &'static str,
}

impl DomainEventDeclaration {
    /// The declaration of `E`.
    pub const fn of<E: DomainEvent>(location: &'static str) -> Self {
        Self { event: EventDeclaration::of::<E>(), location }
    }
}

/// An external event that this service publishes: `#[external_event(.., of = DomainEvent)]`.
#[derive(Clone, Copy)]
pub struct ExternalEventDeclaration {
    /// The service that its crate belongs to.
    pub service: &'static str,
    /// The contract.
    pub contract: EventDeclaration,
    /// The domain event that it is made of.
    pub of: EventDeclaration,
    /// Makes it: from an `Envelope<DomainEvent>`.
    pub convert: fn(&(dyn Any + Send + Sync), &Origin<'_>) -> Result<Prepared, Failure>,
    /// The JSON Schema of the contract's payload, with the feature `contracts`.
    pub schema: Option<fn() -> serde_json::Value>,
    /// `file:line` of the annotation.
    pub location: &'static str,
}

impl ExternalEventDeclaration {
    /// The declaration of contract `X`, made of `E` by `From<&E>`.
    pub const fn of<E, X>(service: &'static str, location: &'static str) -> Self
    where
        E: DomainEvent,
        X: ExternalEvent + for<'a> From<&'a E>,
    {
        Self {
            service,
            contract: EventDeclaration::of::<X>(),
            of: EventDeclaration::of::<E>(),
            convert: <X as MadeOf<E>>::CONVERT,
            schema: None,
            location,
        }
    }
}

/// How an external event is made of the domain event `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of `{E}`",
    label = "`impl From<&{E}> for {Self}` is missing",
    note = "write that impl, or add `zero_payload` if the contract holds the key fields and nothing else"
)]
pub trait MadeOf<E> {
    /// See [`ExternalEventDeclaration::convert`].
    const CONVERT: fn(&(dyn Any + Send + Sync), &Origin<'_>) -> Result<Prepared, Failure>;
}

#[diagnostic::do_not_recommend]
impl<E: Send + Sync + 'static, X: ExternalEvent + for<'a> From<&'a E>> MadeOf<E> for X {
    const CONVERT: fn(&(dyn Any + Send + Sync), &Origin<'_>) -> Result<Prepared, Failure> =
        |envelope, origin| {
            let envelope = envelope
                .downcast_ref::<Envelope<E>>()
                .ok_or_else(|| Failure::permanent("the envelope holds another event"))?;
            Prepared::external(X::from(&envelope.data), envelope, origin)
        };
}

/// Makes the failure event `F` of an `Envelope<E>`: the function behind `on_failure = publish(F)`.
///
/// # Errors
/// `F` could not be written as JSON.
pub fn publish_failure<E: Send + Sync + 'static, F: DomainEvent + for<'a> From<Failed<'a, E>>>(
    envelope: &(dyn Any + Send + Sync),
    error: &str,
    attempts: u32,
    origin: &Origin<'_>,
) -> Result<Prepared, Failure> {
    let envelope = envelope
        .downcast_ref::<Envelope<E>>()
        .ok_or_else(|| Failure::permanent("the envelope holds another event"))?;
    Prepared::domain(F::from(Failed { envelope, error, attempts }), origin).map_err(Failure::permanent)
}

/// How the failure event of `on_failure = publish(..)` is made of an event `E` that was given up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be published when handling `{E}` has failed",
    label = "not a domain event with `impl From<Failed<'_, {E}>>`",
    note = "annotate `{Self}` with `#[domain_event(..)]` and write `impl From<edafw::Failed<'_, {E}>> for {Self}`"
)]
pub trait MadeOfFailed<E> {
    /// See [`SubscriberOptions::publish_failure`].
    const PUBLISH: PublishFailure;
}

#[diagnostic::do_not_recommend]
impl<E, F> MadeOfFailed<E> for F
where
    E: Send + Sync + 'static,
    F: DomainEvent + for<'a> From<Failed<'a, E>>,
{
    const PUBLISH: PublishFailure = PublishFailure { event: F::TYPE, make: publish_failure::<E, F> };
}

/// A place in an annotation or a signature that takes domain events. The compiler's message about another
/// type in that place is the one here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a domain event",
    label = "expected a domain event",
    note = "declare one: `#[domain_event(name = \"order.paid\", key = order_no)]` on the struct",
    note = "a contract with another system, declared by `#[external_event(..)]`, is handled in `layer = external`"
)]
pub trait IsDomainEvent: Sized {
    /// The event.
    const DECLARATION: EventDeclaration;
}

#[diagnostic::do_not_recommend]
impl<E: DomainEvent> IsDomainEvent for E {
    const DECLARATION: EventDeclaration = EventDeclaration::of::<E>();
}

/// A place that takes external events.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an external event",
    label = "`layer = external` takes external events",
    note = "declare what this service consumes: `#[external_event(name = \"order.paid\", version = 1, source = \"order\")]`",
    note = "a domain event of this service is handled in `layer = internal`"
)]
pub trait IsExternalEvent: Sized {
    /// The event.
    const DECLARATION: EventDeclaration;
}

#[diagnostic::do_not_recommend]
impl<E: ExternalEvent> IsExternalEvent for E {
    const DECLARATION: EventDeclaration = EventDeclaration::of::<E>();
}

/// A domain event whose annotation tells the fields of its key, for `zero_payload`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a domain event",
    label = "expected a domain event",
    note = "`of` names a struct that carries `#[domain_event(name = \"order.paid\", key = order_no)]`; a contract of another service has `source = \"order\"` instead"
)]
pub trait KeyFields: Sized {
    /// The event.
    const DECLARATION: EventDeclaration;
    /// The fields that `key = ..` names.
    const KEY_FIELDS: &'static [&'static str];
    /// What to tell a contract that holds another field.
    const REFUSAL: &'static str;
}

/// Whether `name` is one of `fields`; `None` is a compile error at the field.
pub const fn key_field(fields: &[&str], name: &str) -> Option<()> {
    let mut index = 0;
    while index < fields.len() {
        if same(fields[index].as_bytes(), name.as_bytes()) {
            return Some(());
        }
        index += 1;
    }
    None
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// What `upcast(1 = ..)` names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an upcaster",
    label = "expected `fn(serde_json::Value) -> Result<serde_json::Value, E>` with an error `E`",
    note = "an upcaster takes the payload of one version and returns that of the next; `E` is `edafw::Failure` or implements `std::error::Error`"
)]
pub trait Upcaster {
    /// Calls it.
    ///
    /// # Errors
    /// Its own.
    fn upcast(self, data: serde_json::Value) -> Result<serde_json::Value, Failure>;
}

#[diagnostic::do_not_recommend]
impl<F, E> Upcaster for F
where
    F: FnOnce(serde_json::Value) -> Result<serde_json::Value, E>,
    E: Into<Failure>,
{
    fn upcast(self, data: serde_json::Value) -> Result<serde_json::Value, Failure> {
        self(data).map_err(Into::into)
    }
}

inventory::collect!(SubscriberDeclaration);
inventory::collect!(DomainEventDeclaration);
inventory::collect!(ExternalEventDeclaration);

/// A function that `#[subscriber]` was put on, as a type of the same name: for
/// [`AppBuilder::subscriber`](crate::AppBuilder::subscriber).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a subscriber",
    label = "not a subscriber",
    note = "name a function that carries `#[subscriber(layer = .., phase = ..)]`, as a type: `.subscriber::<record_device>()`"
)]
pub trait Subscriber {
    /// What the annotation says.
    const DECLARATION: SubscriberDeclaration;
}
