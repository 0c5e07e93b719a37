//! The facts that the member service announces.

use edafw::{domain_event, external_event};

/// A member's identity was verified.
#[domain_event(name = "member.identity-verified", key = member_no)]
#[derive(Debug, Clone)]
pub struct IdentityVerified {
    /// Whose.
    pub member_no: i64,
    /// Which verification of the member it was, counted from 1.
    pub verification: i64,
}

/// The verification of a member's identity was reset. That is all: what follows from it is up to whoever hears of
/// it.
// ANCHOR: events
#[domain_event(name = "member.identity-reset", key = member_no)]
#[derive(Debug, Clone)]
pub struct IdentityReset {
    /// Whose.
    pub member_no: i64,
    /// Which verification of the member it was.
    pub verification: i64,
}

/// What other systems learn of it: that it happened, and to whom.
#[external_event(name = "member.identity-reset", version = 1, of = IdentityReset, zero_payload)]
#[derive(Debug, Clone)]
pub struct IdentityResetV1 {
    /// Whose.
    pub member_no: i64,
}
// ANCHOR_END: events
