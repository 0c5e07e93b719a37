//! Asking the owner of an event for the rest, before the subscriber's transaction begins.

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

use edafw_core::{BoxFuture, Event, Failure};

use crate::Envelope;
use crate::call::{Argument, Arguments, Scope, WorkerArgument, mismatch, phase};
use crate::state::State;

/// What a subscriber needs beyond an event that holds the key and nothing else, and how its owner is asked for it.
///
/// ```
/// use edafw::{Envelope, Failure, Fetch, external_event};
/// # edafw::service!("family");
/// #
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("the member service does not answer")]
/// # struct NoAnswer;
/// #
/// # struct Answer { status: u16, verified: bool }
///
/// #[external_event(name = "member.identity-reset", version = 1, source = "member", zero_payload)]
/// struct IdentityResetV1 {
///     member_no: i64,
/// }
///
/// /// The client of the member service, given to the application with `.state(..)`.
/// struct MemberService;
///
/// # impl MemberService {
/// #     async fn get(&self, path: String) -> Result<Answer, NoAnswer> {
/// #         if path.is_empty() { Err(NoAnswer) } else { Ok(Answer { status: 200, verified: false }) }
/// #     }
/// # }
/// /// A member, as far as this service wants to know.
/// struct Member {
///     verified: bool,
/// }
///
/// impl Fetch<IdentityResetV1> for Member {
///     type Owner = MemberService;
///
///     async fn fetch(
///         event: &Envelope<IdentityResetV1>,
///         owner: &MemberService,
///     ) -> Result<Option<Self>, Failure> {
///         // No answer is an error like any other: asked again after the subscriber's backoff.
///         let answer = owner.get(format!("/members/{}", event.data.member_no)).await?;
///         match answer.status {
///             200 => Ok(Some(Member { verified: answer.verified })),
///             404 | 410 => Ok(None),
///             503 => Err(Failure::retry_after(std::time::Duration::from_secs(30), "the owner is busy")),
///             status => Err(Failure::permanent(format!("the owner answered {status}"))),
///         }
///     }
/// }
/// ```
///
/// A subscriber takes it as [`Fetched<Member>`](Fetched).
pub trait Fetch<E: Event>: Sized + Send + Sync + 'static {
    /// The client that asks: given to the application with `.state(..)`, which is checked at start.
    type Owner: Send + Sync + 'static;

    /// Asks the owner. Called for every attempt, outside of any transaction, so it may take its time; the lease
    /// of the delivery is extended meanwhile. It only reads: a later attempt asks again.
    ///
    /// `Ok(None)` means that the owner has no such thing, or no longer.
    ///
    /// # Errors
    /// The attempt has failed, and the disposition of the [`Failure`] says what happens next: any error that
    /// came by `?` is asked again after the subscriber's backoff; [`Failure::retry_after`] after the time that the
    /// owner named; [`Failure::permanent`] never, `on_failure` applies at once.
    fn fetch(
        event: &Envelope<E>,
        owner: &Self::Owner,
    ) -> impl Future<Output = Result<Option<Self>, Failure>> + Send;
}

/// What was fetched from the owner of the event, as an argument of a subscriber in the worker. Cloning it is cheap.
///
/// ```
/// # use edafw::{Envelope, Failure, Fetch, Fetched, Sqlite, Tx, external_event, subscriber};
/// # edafw::service!("family");
/// # #[external_event(name = "member.identity-reset", version = 1, source = "member", zero_payload)]
/// # struct IdentityResetV1 { member_no: i64 }
/// # struct MemberService;
/// # struct Member { verified: bool }
/// # impl Fetch<IdentityResetV1> for Member {
/// #     type Owner = MemberService;
/// #     async fn fetch(_: &Envelope<IdentityResetV1>, _: &MemberService) -> Result<Option<Self>, Failure> {
/// #         Ok(None)
/// #     }
/// # }
/// #[subscriber(layer = external)]
/// async fn leave_family(
///     event: &IdentityResetV1,
///     member: Fetched<Member>,
///     tx: &mut Tx<Sqlite>,
/// ) -> Result<(), Failure> {
///     if !member.verified {
///         let delete = sqlx::query("delete from family_member where member_no = ?1");
///         delete.bind(event.member_no).execute(&mut **tx).await?;
///     }
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// The order of an attempt is: look whether the event was handled before, ask the owner, begin the transaction,
/// call the function. So a duplicate asks nobody, and no transaction is open while the owner answers. Where the owner
/// has no such thing, the attempt fails permanently; a subscriber that has something to do then takes
/// `Option<Fetched<Member>>`.
///
/// A subscriber that takes it handles one event at a time: neither `batch` nor `share_commit = true` goes with it, which
/// is found at start.
#[derive(Debug)]
pub struct Fetched<T>(Arc<T>);

impl<T> Clone for Fetched<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Fetched<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Fetches what one argument holds, for the `Scope`; nothing where the owner has no such thing and the subscriber
/// can do without.
pub type Fetcher =
    for<'a> fn(Arguments<'a>) -> BoxFuture<'a, Result<Option<Arc<dyn Any + Send + Sync>>, Failure>>;

#[diagnostic::do_not_recommend]
impl<E: Event, T: Fetch<E>> WorkerArgument<E> for Fetched<T> {
    const FETCHER: Option<Fetcher> = Some(|arguments| {
        Box::pin(async move {
            match ask::<E, T>(arguments).await? {
                Some(fetched) => Ok(Some(fetched)),
                None => Err(Failure::permanent(format!(
                    "the owner of `{}` has no `{}` for it; a subscriber that has something to do then takes an `Option`",
                    E::TYPE.name,
                    short_name::<T>()
                ))),
            }
        })
    });

    fn take(scope: &Scope) -> Result<Self, Failure> {
        from_scope(scope).ok_or_else(|| mismatch("fetched value"))
    }

    fn check(scope: &Scope) -> Option<String> {
        check_owner::<E, T>(scope)
    }
}

#[diagnostic::do_not_recommend]
impl<E: Event, T: Fetch<E>> WorkerArgument<E> for Option<Fetched<T>> {
    const FETCHER: Option<Fetcher> = Some(|arguments| Box::pin(ask::<E, T>(arguments)));

    fn take(scope: &Scope) -> Result<Self, Failure> {
        Ok(from_scope(scope))
    }

    fn check(scope: &Scope) -> Option<String> {
        check_owner::<E, T>(scope)
    }
}

async fn ask<E: Event, T: Fetch<E>>(
    arguments: Arguments<'_>,
) -> Result<Option<Arc<dyn Any + Send + Sync>>, Failure> {
    let owner = <State<T::Owner> as Argument<phase::InWorker>>::take(arguments.scope())?;
    let fetched = T::fetch(arguments.envelope::<E>()?, &owner).await?;
    Ok(fetched.map(|fetched| Arc::new(fetched) as Arc<dyn Any + Send + Sync>))
}

fn from_scope<T: Send + Sync + 'static>(scope: &Scope) -> Option<Fetched<T>> {
    scope.fetched.iter().find_map(|one| Arc::clone(one).downcast().ok()).map(Fetched)
}

fn check_owner<E: Event, T: Fetch<E>>(scope: &Scope) -> Option<String> {
    let missing = <State<T::Owner> as Argument<phase::InWorker>>::check(scope)?;
    Some(format!("takes `Fetched<{}>`, and that {missing}", short_name::<T>()))
}

/// The last part of a type's path.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    name.rsplit("::").next().unwrap_or(name)
}
