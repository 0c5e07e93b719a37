//! Deliveries: effect once, order, failures, dead letters, and what cannot be decoded.

mod bank;
mod decoding;
mod effect_once;
mod failures;
mod order;

edafw::service!("bank");
