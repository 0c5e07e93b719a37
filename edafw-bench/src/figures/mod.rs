//! The figures that the framework promises, one file each.

mod build;
mod dispatch;
mod drain;
mod idle;
mod latency;
mod memory;
mod postgres_drain;
mod postgres_latency;
mod postgres_publish;
mod publish;
mod subscribers;

use crate::Result;
use crate::figure::Figure;
use crate::rounds::Effort;

pub use memory::drain_backlog;

/// The names of all figures, in the order in which they are measured. Those that count statements come last:
/// counting costs the others time.
pub const NAMES: &[&str] = &[
    "publish_full",
    "publish_off",
    "drain",
    "subscribers",
    "dispatch",
    "latency",
    "memory",
    "pg_publish",
    "pg_drain",
    "pg_subscribers",
    "pg_latency",
    "pg_latency_poll",
    "publish_100",
    "idle",
    "build",
];

/// Measures the figure of this name: one figure, or several that come of the same measurement.
///
/// # Errors
/// The database, a child process, or an unknown name.
pub async fn measure(name: &str, effort: Effort) -> Result<Vec<Figure>> {
    Ok(match name {
        "publish_full" => vec![publish::full(effort).await?],
        "publish_off" => vec![publish::off(effort).await?],
        "publish_100" => vec![publish::hundred(effort).await?],
        "drain" => vec![drain::drain(effort).await?],
        "subscribers" => vec![subscribers::subscribers(effort).await?],
        "dispatch" => dispatch::dispatch(effort).await?,
        "latency" => vec![latency::latency(effort).await?],
        "memory" => vec![memory::memory(effort).await?],
        "pg_publish" => vec![postgres_publish::publish(effort).await?],
        "pg_drain" => postgres_drain::drain(effort).await?,
        "pg_subscribers" => vec![postgres_drain::subscribers(effort).await?],
        "pg_latency" => vec![postgres_latency::notified(effort).await?],
        "pg_latency_poll" => vec![postgres_latency::polled(effort).await?],
        "idle" => vec![idle::idle(effort).await?],
        "build" => build::build()?,
        unknown => {
            return Err(format!("there is no figure `{unknown}`; there are {}", NAMES.join(", ")).into());
        }
    })
}
