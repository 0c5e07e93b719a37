//! What the binaries share: how they are told what to do, and their commands.

mod clock;
mod database;
mod effect;
mod options;
mod publisher;
mod service;

pub use database::Database;
pub use effect::{append_line, effect, wait_for_line};
pub use options::{Options, options};
pub use publisher::{Act, Publish};
pub use service::{builder, main};
