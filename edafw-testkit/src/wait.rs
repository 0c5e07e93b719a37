//! Waiting for a signal, never for a time.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

/// How long a behaviour waits for something that comes at once when the guarantee holds.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for `future`; `what` completes the message of the failure.
///
/// # Panics
/// It did not come within [`PATIENCE`].
pub async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let answer = tokio::time::timeout(PATIENCE, future).await;
    answer.unwrap_or_else(|_| panic!("{what}: nothing happened for {} s", PATIENCE.as_secs()))
}

/// Lets a future go one step.
pub(crate) async fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context))).await
}
