//! Two-phase commit with PostgreSQL's prepared transactions.
//!
//! 1. *Prepare.* In the hotel's and in the airline's database a transaction takes the place and is prepared: it can
//!    be committed from then on, whatever dies, and it keeps its locks.
//! 2. *Decide.* The booking service's own transaction writes the decision into its log, takes the money and publishes
//!    that the trip is closed. Its COMMIT is the moment that counts.
//! 3. *Finish.* Both prepared transactions are committed, or rolled back.
//!
//! A coordinator that dies leaves trips open and prepared transactions *in doubt*. [`Coordinator::resolve`] finishes
//! them by the log, and what the log does not know as booked is rolled back: presumed abort.

mod cluster;
mod coordinator;
mod databases;
mod log;
mod participant;
mod recovery;

pub use cluster::Cluster;
pub use coordinator::Coordinator;
pub use databases::{Databases, Server};
pub use participant::{Participant, Prepared};
pub use recovery::Resolved;
