//! The facts of the family-account service, and the one that it hears of.

use edafw::{domain_event, external_event};

/// A member joined a family.
#[domain_event(name = "family.member-joined", key = family_no)]
#[derive(Debug, Clone)]
pub struct MemberJoined {
    /// Which family.
    pub family_no: i64,
    /// Who.
    pub member_no: i64,
}

/// A member left a family.
#[domain_event(name = "family.member-left", key = family_no)]
#[derive(Debug, Clone)]
pub struct MemberLeft {
    /// Which family.
    pub family_no: i64,
    /// Who.
    pub member_no: i64,
    /// Why.
    pub reason: Reason,
}

/// Why a member left a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Somebody asked for it.
    Asked,
    /// The verification of the member's identity was reset.
    IdentityReset,
}

/// The verification of a member's identity was reset: the contract of the member service, declared again.
// ANCHOR: contract
#[external_event(name = "member.identity-reset", version = 1, source = "member", zero_payload)]
#[derive(Debug, Clone)]
pub struct IdentityResetV1 {
    /// Whose.
    pub member_no: i64,
}
// ANCHOR_END: contract
