//! What every database must do: event store, inbox and transactions.

pub mod acknowledge;
pub mod archive;
pub mod attempt;
pub mod claim;
pub mod concurrent;
pub mod confirm;
pub mod dead_letter;
pub mod effect;
pub mod fixture;
pub mod history;
pub mod inbox;
pub mod own_queues;
pub mod pause;
pub mod producer_key;
pub mod publish;
pub mod relays;
pub mod republish;
pub mod schema;
pub mod settle;
pub mod transaction;
pub mod transport_place;
pub mod wake;
