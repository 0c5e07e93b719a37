//! The services of an example as processes of their own, which are killed and started again.
//!
//! An example is one [`program()`], so that one command runs it. It starts itself again for each [`Part`] that it is to
//! play, a server or a worker. [`Processes`] keeps them running on databases in a [`Directory`], [`Fate`] says who is
//! killed and when, [`Client`] talks to servers that may be killed meanwhile, and [`Quiet`] notices that nothing is left
//! to do. [`options`] are those that the command lines share.
//!
//! With the feature `testing`, a test runs such a program as a user does, and kills it.

mod client;
mod directory;
mod fate;
pub mod options;
mod part;
mod program;
mod quiet;
mod running;
mod serve;
#[cfg(feature = "testing")]
pub mod testing;

pub use client::{Client, ClientError};
pub use directory::{Directory, DirectoryError};
pub use fate::Fate;
pub use part::Part;
pub use program::{Failed, Report, program};
pub use quiet::Quiet;
pub use running::{Ended, Processes};
pub use serve::serve;
