//! Conformance suites: what every event store and every transport of edafw must do.
//!
//! Every behaviour is one public function, documented with the guarantee that it checks; [`store`] holds those
//! of databases, [`transport`] those of transports. An author of a backend writes a fixture
//! ([`StoreFixture`], [`TransportFixture`]) that makes a fresh place for every test, and one line that turns
//! all behaviours into tests:
//!
//! ```text
//! mod on_a_file {
//!     use super::*;
//!     edafw_testkit::store_suite!(OnAFile);
//! }
//! ```
//!
//! The functions count duplicates, compare contents and order exactly, and never sleep: time moves by
//! [`ManualClock`](edafw_core::ManualClock), and what has to be waited for is a signal, with [`PATIENCE`] as
//! the safety net.

#![expect(clippy::missing_panics_doc, reason = "every behaviour panics where the backend does not show it")]

mod event;
mod random;
pub mod store;
mod suite;
pub mod transport;
mod wait;

pub use event::{key_of_every_kind, name_of, new_event, number, text_of_every_kind};
pub use random::Random;
pub use store::fixture::{StoreFixture, StoreTraits, TestStore};
pub use transport::fixture::{TestTransport, TransportFixture, TransportTraits};
pub use wait::{PATIENCE, in_time};
