//! Processes that are killed, and what must hold afterwards.
//!
//! Three services play the parts: `actor`, a service with everything in it; `newer`, the same service a
//! release later; and `listener`, another service that subscribes to the actor's contracts. What the binaries
//! share is in [`child`], and
//! each of the services is a binary per kind of database; what the tests do with them in [`World`] and [`Books`].

#![expect(clippy::missing_panics_doc, reason = "a check of a test panics where it fails")]

mod books;
pub mod child;
mod cluster;
mod moments;
mod place;
mod process;
mod proxy;
mod world;

pub use books::{Books, Effect};
pub use cluster::Cluster;
pub use moments::Moments;
pub use place::Kind;
pub use process::Process;
pub use proxy::Proxy;
pub use world::{Queues, World};
