//! What a subscriber answers when it cannot do its work.

use std::error::Error as StdError;
use std::time::Duration;

/// What should happen after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Try again as the subscriber's `retry` says. The default.
    Retry,
    /// Try again after this time; the attempt still counts.
    RetryAfter(Duration),
    /// Trying again cannot help: the subscriber's `on_failure` applies at once.
    Permanent,
}

/// The error of a subscriber, with what should happen next.
///
/// Every error type converts into it by `?`, so a subscriber may return its own error, `anyhow::Error`,
/// a `String`, or a `Failure` where it wants to say more:
///
/// ```
/// use edafw_core::Failure;
///
/// fn parse(text: &str) -> Result<u32, Failure> {
///     text.parse().map_err(Failure::permanent)
/// }
/// assert!(parse("twelve").unwrap_err().is_permanent());
/// ```
///
/// `Debug` shows the same line as `Display`, as `fn main() -> Result<(), Failure>` prints it.
pub struct Failure {
    error: Box<dyn StdError + Send + Sync>,
    disposition: Disposition,
}

impl Failure {
    /// A failure that trying again cannot mend.
    pub fn permanent(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { error: error.into(), disposition: Disposition::Permanent }
    }

    /// A failure that should be tried again after `delay`, whatever the subscriber's backoff says.
    pub fn retry_after(delay: Duration, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { error: error.into(), disposition: Disposition::RetryAfter(delay) }
    }

    /// What should happen next.
    pub fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// Whether trying again cannot help.
    pub fn is_permanent(&self) -> bool {
        self.disposition == Disposition::Permanent
    }

    /// The subscriber's own error.
    pub fn error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.error
    }

    /// Takes the subscriber's own error out.
    pub fn into_error(self) -> Box<dyn StdError + Send + Sync> {
        self.error
    }
}

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl std::fmt::Display for Failure {
    /// The error and everything that caused it, each after a colon.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.error)?;
        let mut source = self.error.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), disposition: Disposition::Retry }
    }
}

#[cfg(test)]
mod tests {
    use super::{Disposition, Failure};
    use std::time::Duration;

    #[test]
    fn any_error_means_retry() {
        fn handler() -> Result<(), Failure> {
            Err("no device")?
        }
        assert_eq!(handler().unwrap_err().disposition(), Disposition::Retry);
    }

    #[test]
    fn the_error_decides_when() {
        let failure = Failure::retry_after(Duration::from_secs(3), "busy");
        assert_eq!(failure.disposition(), Disposition::RetryAfter(Duration::from_secs(3)));
        assert_eq!(failure.to_string(), "busy");
    }
}
