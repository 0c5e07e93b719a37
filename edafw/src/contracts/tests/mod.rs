//! What breaks a contract, and what does not.

mod rules;
mod soundness;
