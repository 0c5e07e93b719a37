//! What every database must do: event store, inbox and transactions.

pub mod acknowledge;
pub mod attempt;
pub mod claim;
pub mod concurrent;
pub mod confirm;
pub mod dead_letter;
pub mod fixture;
pub mod history;
pub mod inbox;
pub mod pause;
pub mod producer_key;
pub mod publish;
pub mod relays;
pub mod republish;
pub mod schema;
pub mod settle;
pub mod transaction;
pub mod wake;
