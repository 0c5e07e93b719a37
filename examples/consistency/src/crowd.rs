//! Asking for many trips at once.

use edafw::Failure;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use trip_booking::trip::Trip;

/// How many are asked for at the same time.
pub(crate) const AT_ONCE: usize = 8;

/// Calls `ask` for each trip, eight at a time, in their order.
pub(crate) async fn ask_all<'a, F>(trips: &'a [Trip], ask: impl Fn(&'a Trip) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    stream::iter(trips).map(ask).buffered(AT_ONCE).try_for_each(async |()| Ok(())).await
}
