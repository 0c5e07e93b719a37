//! Words and numbers in rows, and what they mean.

use edafw_core::{Channel, EventState, InboxState};

/// The channel of this name.
pub(crate) fn channel(name: &str) -> Result<Channel, String> {
    match name {
        "internal" => Ok(Channel::Internal),
        "external" => Ok(Channel::External),
        other => Err(format!("`{other}` is not a channel")),
    }
}

/// What `look_up.sql` says about an entry.
pub(crate) fn inbox_state(number: i64) -> InboxState {
    match number {
        0 => InboxState::New,
        1 => InboxState::Done,
        2 => InboxState::Dead,
        3 => InboxState::Held,
        _ => InboxState::Paused,
    }
}

/// How far an event has come, by what its rows say.
pub(crate) fn event_state(published: bool, exhausted: bool, sent: bool, generation: i64) -> EventState {
    if published {
        EventState::Published
    } else if exhausted {
        EventState::Exhausted
    } else if sent || generation > 0 {
        EventState::Sent
    } else {
        EventState::Stored
    }
}

/// Channels by their stored names; a name that a newer binary has stored is none of ours.
pub(crate) fn by_channel<T>(rows: Vec<(String, T)>) -> Vec<(Channel, T)> {
    rows.into_iter().filter_map(|(name, value)| Some((channel(&name).ok()?, value))).collect()
}
