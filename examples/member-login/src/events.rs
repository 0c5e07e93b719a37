//! The facts that the member service announces.

use edafw::domain_event;

/// A member logged in on a device.
// ANCHOR: event
#[domain_event(name = "member.logged-in", key = member_no)]
#[derive(Debug, Clone)]
pub struct MemberLoggedIn {
    /// Who.
    pub member_no: i64,
    /// Where.
    pub device: String,
    /// The session that began with it.
    pub session_no: i64,
}
// ANCHOR_END: event

/// A member was logged out of a device.
#[domain_event(name = "member.logged-out", key = member_no)]
#[derive(Debug, Clone)]
pub struct MemberLoggedOut {
    /// Who.
    pub member_no: i64,
    /// Of which device.
    pub device: String,
    /// The session that ended with it.
    pub session_no: i64,
    /// Why.
    pub reason: Reason,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The member logged out.
    Asked,
    /// The member logged in on the same device again.
    Again,
    /// The member logged in on more devices than the account may.
    Limit,
    /// Somebody else logged in on the device.
    Device,
}

impl Reason {
    /// The name as the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Again => "again",
            Self::Limit => "limit",
            Self::Device => "device",
        }
    }
}
