//! What `effects.sql` answers.

use edafw_core::{DeadLetterCause, Effect, EffectState, from_millis};

/// One row of it.
pub(crate) struct EffectRow {
    pub(crate) subscriber: String,
    /// Which table it is from: 0 inbox, 1 dead letters, 2 attempts.
    pub(crate) kind: i64,
    pub(crate) at: i64,
    pub(crate) id: i64,
    pub(crate) attempts: i64,
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
}

/// The rows, which are sorted by subscriber and kind, as one effect for each subscriber: what it has handled is neither a
/// dead letter nor being tried any more.
pub(crate) fn effects(rows: Vec<EffectRow>) -> Vec<Effect> {
    let mut effects: Vec<Effect> = Vec::new();
    for row in rows {
        if effects.last().is_none_or(|last| last.subscriber != row.subscriber) {
            effects.push(effect(row));
        }
    }
    effects
}

fn effect(row: EffectRow) -> Effect {
    let (at, attempts) = (from_millis(row.at), row.attempts as u32);
    let state = match row.kind {
        0 => EffectState::Handled { at },
        1 => {
            let cause = row.cause.as_deref().and_then(DeadLetterCause::from_name);
            let cause = cause.unwrap_or(DeadLetterCause::AttemptsExhausted);
            EffectState::DeadLetter { id: row.id, at, cause, attempts, error: row.error.unwrap_or_default() }
        }
        _ => EffectState::Trying { attempts, first_at: at, last_error: row.error },
    };
    Effect { subscriber: row.subscriber, state }
}
