//! What every transport must do: carry messages, in order, until they are acknowledged.

pub mod concurrent;
pub mod deliver;
pub mod filter;
pub mod fixture;
pub mod lane;
pub mod lease;
pub mod order;
pub mod provision;
pub mod release;
pub mod schedule;
pub mod wake;
