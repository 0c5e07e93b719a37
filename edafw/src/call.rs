//! Calling a subscriber: what its function may take, and the shims' side of the call.

use std::any::Any;
use std::num::NonZeroU32;
use std::sync::Arc;

use edafw_core::{Backend, BoxFuture, Envelope, Failure};

use crate::fetch::Fetcher;
use crate::registry::DatabaseDeclaration;
use crate::state::{State, StateMap};
use crate::{App, Tx};

/// A shim: takes the arguments out of the call and hands them to the user's function.
pub type Handler = for<'a> fn(Call<'a>) -> BoxFuture<'a, Result<(), Failure>>;

/// Everything that a function's arguments are taken from.
pub struct Call<'a> {
    /// An `Envelope<E>`, or a `Vec<Envelope<E>>` for a handler that takes a slice.
    pub(crate) event: &'a (dyn Any + Send + Sync),
    /// A `Tx<B>`, in the phases that have one.
    pub(crate) tx: Option<&'a mut (dyn Any + Send)>,
    /// The rest.
    pub(crate) scope: &'a Scope,
}

/// What arguments by value are taken from.
pub struct Scope {
    /// An `App<B>`.
    pub(crate) app: Arc<dyn Any + Send + Sync>,
    /// What the application was given with `.state(..)`.
    pub(crate) state: Arc<StateMap>,
    /// About the delivery, in the worker.
    pub(crate) delivery: Option<Delivery>,
    /// How the transaction ended, in `after_completion`.
    pub(crate) completion: Option<Completion>,
    /// What was fetched from the event's owner, in the worker.
    pub(crate) fetched: Vec<Arc<dyn Any + Send + Sync>>,
}

/// What a subscriber of the worker may want to know about the delivery that it handles.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// The subscriber's stored name; in a replay with the replay's id, `name@id`.
    pub subscriber: Arc<str>,
    /// The queue it came from; in a replay the subscriber's queue, which has no part in it.
    pub queue: Arc<str>,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    /// How many attempts there are.
    pub max_attempts: NonZeroU32,
    /// The id of the [`Replay`](crate::Replay) that it belongs to; `None` where the event is delivered in the ordinary
    /// way. A projection that is filled or restored on the side chooses its table, or its rows, by this.
    pub replay: Option<Arc<str>>,
}

/// How a transaction ended, for `after_completion` subscribers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Completion {
    /// COMMIT succeeded.
    Committed,
    /// It was rolled back.
    RolledBack,
    /// The connection was lost during COMMIT. If it did take effect, the relay publishes the events.
    Unknown,
}

impl<'a> Call<'a> {
    /// The parts, for a shim.
    pub fn into_parts(self) -> (Arguments<'a>, Option<&'a mut (dyn Any + Send)>) {
        (Arguments { event: self.event, scope: self.scope }, self.tx)
    }
}

/// The arguments of a call that are read only.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    event: &'a (dyn Any + Send + Sync),
    scope: &'a Scope,
}

impl<'a> Arguments<'a> {
    /// Of an event, before there is a transaction.
    pub(crate) fn new(event: &'a (dyn Any + Send + Sync), scope: &'a Scope) -> Self {
        Self { event, scope }
    }

    /// The event with its envelope.
    ///
    /// # Errors
    /// It is of another type, which only a mistake of the framework can bring about.
    pub fn envelope<E: Send + Sync + 'static>(&self) -> Result<&'a Envelope<E>, Failure> {
        self.event.downcast_ref().ok_or_else(|| mismatch("event"))
    }

    /// The events of a batch.
    ///
    /// # Errors
    /// They are of another type, which only a mistake of the framework can bring about.
    pub fn envelopes<E: Send + Sync + 'static>(&self) -> Result<&'a [Envelope<E>], Failure> {
        self.event.downcast_ref::<Vec<Envelope<E>>>().map(Vec::as_slice).ok_or_else(|| mismatch("event"))
    }

    /// What arguments by value are taken from.
    pub fn scope(&self) -> &'a Scope {
        self.scope
    }
}

/// The transaction argument of a call.
///
/// # Errors
/// There is none or one of another database, which is found at start.
pub fn transaction<T: Any>(tx: Option<&mut (dyn Any + Send)>) -> Result<&mut T, Failure> {
    tx.and_then(|tx| tx.downcast_mut()).ok_or_else(|| mismatch("transaction"))
}

pub(crate) fn mismatch(what: &str) -> Failure {
    Failure::permanent(format!("the framework handed a subscriber the wrong {what}; please report this"))
}

/// The type behind `&mut` in a subscriber: [`Tx`].
#[diagnostic::on_unimplemented(
    message = "a subscriber cannot take `&mut {Self}`",
    label = "only `&mut Tx<_>` is taken by mutable reference",
    note = "take the transaction as `tx: &mut Tx<Sqlite>`; take shared things as `State<T>`"
)]
pub trait TxArgument: Any + Send {
    /// The database.
    const DATABASE: DatabaseDeclaration;
}

#[diagnostic::do_not_recommend]
impl<B: Backend> TxArgument for Tx<B> {
    const DATABASE: DatabaseDeclaration =
        DatabaseDeclaration { scheme: B::SCHEME, type_id: std::any::TypeId::of::<B> };
}

/// The phases, as types: [`Argument`] is implemented per phase, so that a wrong argument is a compile error.
pub mod phase {
    /// `application`, in the publisher's transaction: `in_transaction` and `before_commit`.
    pub enum WithTransaction {}
    /// `application`, `after_commit` or `after_rollback`.
    pub enum AfterTransaction {}
    /// `application`, `after_completion`.
    pub enum AfterCompletion {}
    /// `internal` and `external`.
    pub enum InWorker {}
}

/// An argument that a subscriber takes by value in the phase `P`: [`App`], [`State`], [`Delivery`],
/// [`Completion`].
#[diagnostic::on_unimplemented(
    message = "a subscriber in this phase cannot take `{Self}`",
    label = "not an argument of a subscriber in this phase",
    note = "every phase: `State<T>` for what the application was given with `.state(..)`",
    note = "phases outside the publisher's transaction: `App<Sqlite>`, to begin a transaction of their own",
    note = "`internal` and `external`: `Delivery`; `after_completion`: `Completion`",
    note = "the event comes first and by reference: `event: &OrderPaid`; the transaction as `tx: &mut Tx<Sqlite>`"
)]
pub trait Argument<P>: Sized {
    /// Takes it.
    ///
    /// # Errors
    /// It is not there; [`check`](Self::check) finds that at start.
    fn take(scope: &Scope) -> Result<Self, Failure>;

    /// What is missing for it, found at start.
    fn check(scope: &Scope) -> Option<String>;
}

/// [`Argument::check`] of one argument, as the annotation stores it.
pub type ArgumentCheck = fn(&Scope) -> Option<String>;

impl<P, T: Send + Sync + 'static> Argument<P> for State<T> {
    fn take(scope: &Scope) -> Result<Self, Failure> {
        scope.state.get().ok_or_else(|| mismatch("state"))
    }

    fn check(scope: &Scope) -> Option<String> {
        let found = scope.state.get::<T>().is_some();
        (!found).then(|| {
            let name = std::any::type_name::<T>();
            format!(
                "takes `State<{name}>`, which the application was not given; add `.state(..)` to its builder"
            )
        })
    }
}

fn take_app<B: Backend>(scope: &Scope) -> Result<App<B>, Failure> {
    scope.app.downcast_ref::<App<B>>().cloned().ok_or_else(|| mismatch("application"))
}

fn check_app<B: Backend>(scope: &Scope) -> Option<String> {
    (!scope.app.is::<App<B>>())
        .then(|| format!("takes the `App` of a {} database, but the application has another", B::SCHEME))
}

macro_rules! app_argument {
    ($($phase:ident),*) => {$(
        impl<B: Backend> Argument<phase::$phase> for App<B> {
            fn take(scope: &Scope) -> Result<Self, Failure> {
                take_app(scope)
            }

            fn check(scope: &Scope) -> Option<String> {
                check_app::<B>(scope)
            }
        }
    )*};
}
app_argument!(AfterTransaction, AfterCompletion, InWorker);

impl Argument<phase::InWorker> for Delivery {
    fn take(scope: &Scope) -> Result<Self, Failure> {
        scope.delivery.clone().ok_or_else(|| mismatch("delivery"))
    }

    fn check(_: &Scope) -> Option<String> {
        None
    }
}

impl Argument<phase::AfterCompletion> for Completion {
    fn take(scope: &Scope) -> Result<Self, Failure> {
        scope.completion.ok_or_else(|| mismatch("completion"))
    }

    fn check(_: &Scope) -> Option<String> {
        None
    }
}

/// What a subscriber returns.
#[diagnostic::on_unimplemented(
    message = "a subscriber cannot return `{Self}`",
    label = "expected `Result<(), E>` with an error `E`",
    note = "write `-> Result<(), edafw::Failure>`, or a type of your own in place of `Failure` that implements `std::error::Error`"
)]
pub trait Outcome {
    /// As the framework takes it.
    ///
    /// # Errors
    /// The subscriber's own.
    fn outcome(self) -> Result<(), Failure>;
}

#[diagnostic::do_not_recommend]
impl<E> Outcome for Result<(), E>
where
    Failure: From<E>,
{
    fn outcome(self) -> Result<(), Failure> {
        self.map_err(Failure::from)
    }
}

macro_rules! arguments_of_a_phase {
    ($($(#[$attribute:meta])* $name:ident: $phase:ident;)*) => {$(
        $(#[$attribute])*
        pub trait $name: Sized {
            /// See [`Argument::take`].
            ///
            /// # Errors
            /// See [`Argument::take`].
            fn take(scope: &Scope) -> Result<Self, Failure>;

            /// See [`Argument::check`].
            fn check(scope: &Scope) -> Option<String>;
        }

        #[diagnostic::do_not_recommend]
        impl<A: Argument<phase::$phase>> $name for A {
            fn take(scope: &Scope) -> Result<Self, Failure> {
                <A as Argument<phase::$phase>>::take(scope)
            }

            fn check(scope: &Scope) -> Option<String> {
                <A as Argument<phase::$phase>>::check(scope)
            }
        }
    )*};
}

// What generated code names instead of `Argument<P>`: a message of its own for each phase.
arguments_of_a_phase! {
    /// [`Argument`] of `in_transaction` and `before_commit`.
    #[diagnostic::on_unimplemented(
        message = "a subscriber in the publisher's transaction cannot take `{Self}`",
        label = "takes `&mut Tx<_>` and `State<T>`, beside the event",
        note = "the event comes first and by reference: `event: &OrderPaid`",
        note = "`App` would begin a second transaction inside the publisher's: take `tx: &mut Tx<Sqlite>`, or move to `phase = after_commit` or `layer = internal`",
        note = "`Delivery` is for `layer = internal` and `layer = external`, `Completion` for `phase = after_completion`"
    )]
    TransactionArgument: WithTransaction;
    /// [`Argument`] of `after_commit` and `after_rollback`, in the application layer.
    #[diagnostic::on_unimplemented(
        message = "a subscriber after the publisher's transaction cannot take `{Self}`",
        label = "takes `App<_>` and `State<T>`, beside the event",
        note = "the event comes first and by reference: `event: &OrderPaid`",
        note = "`Completion` is for `phase = after_completion`, `Delivery` for `layer = internal` and `layer = external`"
    )]
    AfterTransactionArgument: AfterTransaction;
    /// [`Argument`] of `after_completion`.
    #[diagnostic::on_unimplemented(
        message = "a subscriber in `phase = after_completion` cannot take `{Self}`",
        label = "takes `Completion`, `App<_>` and `State<T>`, beside the event",
        note = "the event comes first and by reference: `event: &OrderPaid`",
        note = "`Delivery` is for `layer = internal` and `layer = external`"
    )]
    AfterCompletionArgument: AfterCompletion;
}

/// [`Argument`] of the layers `internal` and `external`, where the event is `E`.
#[diagnostic::on_unimplemented(
    message = "a subscriber in the worker cannot take `{Self}`",
    label = "takes `&mut Tx<_>` or `App<_>`, `State<T>`, `Fetched<T>` and `Delivery`, beside the event",
    note = "the event comes first and by reference: `event: &OrderPaid`",
    note = "`Fetched<T>` needs `impl edafw::Fetch<{E}> for T`, which says whom to ask for a `T` and how",
    note = "`Completion` is for `layer = application, phase = after_completion`"
)]
pub trait WorkerArgument<E>: Sized {
    /// What has to be fetched for it before the transaction begins.
    const FETCHER: Option<Fetcher>;

    /// See [`Argument::take`].
    ///
    /// # Errors
    /// See [`Argument::take`].
    fn take(scope: &Scope) -> Result<Self, Failure>;

    /// See [`Argument::check`].
    fn check(scope: &Scope) -> Option<String>;
}

#[diagnostic::do_not_recommend]
impl<E, A: Argument<phase::InWorker>> WorkerArgument<E> for A {
    const FETCHER: Option<Fetcher> = None;

    fn take(scope: &Scope) -> Result<Self, Failure> {
        <A as Argument<phase::InWorker>>::take(scope)
    }

    fn check(scope: &Scope) -> Option<String> {
        <A as Argument<phase::InWorker>>::check(scope)
    }
}
