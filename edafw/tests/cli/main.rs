//! The commands of the worker binary, run as a process of its own: `examples/cli_worker.rs`.

#[cfg(feature = "contracts")]
mod contract;
mod dead_letters;
mod doctor;
mod history;
mod http;
mod mistakes;
mod offline;
mod provision;
mod running;
mod support;
mod trace;
mod transport;

use edafw::domain_event;

edafw::service!("member");

/// As the worker declares it: this process publishes what the worker handles.
#[domain_event(name = "member.logged-in", key = member_no)]
pub(crate) struct MemberLoggedIn {
    pub(crate) member_no: i64,
    pub(crate) device: String,
}

/// As the worker declares it.
#[domain_event(name = "member.left", key = member_no)]
pub(crate) struct MemberLeft {
    pub(crate) member_no: i64,
}
