//! Deliveries: effect once, order, failures, dead letters, and what cannot be decoded.

mod archiving;
mod bank;
mod decoding;
mod effect_once;
mod failures;
mod history;
mod order;
mod replay;

edafw::service!("bank");
