//! Closed contracts: the JSON Schema of every external event that a service gives, and what breaks its readers.
//!
//! A service keeps one file per contract and version in its repository, `contracts/NAME.vN.json`. The worker binary's
//! commands `contract accept` and `contract check` write them and compare them with the code, and a test does the
//! same:
//!
//! ```
//! # edafw::service!("member");
//! # fn app() -> edafw::AppBuilder<edafw::Sqlite> { edafw::App::builder("member") }
//! let accepted = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts");
//! edafw::contracts::check(app(), accepted)?.assert_accepted();
//! # Ok::<(), edafw::Error>(())
//! ```
//!
//! The schema comes from the Rust type, by [`schemars`], and describes what is *written*: what a reader gets.
//! `#[external_event(.., of = ..)]` derives [`JsonSchema`] by itself. A type of your own inside a contract derives it,
//! too:
//!
//! ```
//! # use edafw::contracts::{JsonSchema, schemars};
//! #[derive(Clone, serde::Serialize, serde::Deserialize, JsonSchema)]
//! #[schemars(crate = "edafw::contracts::schemars")]
//! struct Money {
//!     cents: i64,
//!     currency: String,
//! }
//! ```
//!
//! The schema follows serde's attributes. The book's chapter on contracts has the table of the rules.

mod alternative;
mod change;
mod compare;
mod contract;
mod directory;
mod field;
mod report;
mod rule;
#[cfg(test)]
mod tests;
mod values;

pub use change::{Change, Finding};
pub(crate) use contract::Contract;
pub use report::{Checked, Report, Status, check};
pub(crate) use report::{accept, check_builder};
pub use rule::Rule;
pub use schemars::{self, JsonSchema};

/// The schema of `T`, for the annotation.
#[doc(hidden)]
pub use contract::schema_of;
/// What the annotation asks of a field.
#[doc(hidden)]
pub use field::ContractField;
