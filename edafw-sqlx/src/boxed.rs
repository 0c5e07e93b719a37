//! Futures where a trait wants them boxed.

use edafw_core::BoxFuture;

/// The future, boxed.
pub(crate) fn boxed<'a, T>(future: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(future)
}
