//! The order within a message group.
//!
//! The crate puts a message whose lease has ended in front of its queue, in the order in which leases end: a later
//! message of a group overtakes an earlier one that came back before it. SQS keeps the order of sending. So what comes
//! back is put at its place here, shortly before the crate would look.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use fakecloud_sqs::{SharedSqsState, SqsQueue};

/// How long before the end of its lease a message comes back: more than the time between two looks.
const EARLY: TimeDelta = TimeDelta::milliseconds(40);

/// The time between two looks, for receives that wait.
const LOOK: Duration = Duration::from_millis(10);

/// Keeps all FIFO queues in order.
pub async fn keep(state: SharedSqsState) {
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        restore(&state);
    }
}

/// Puts messages back whose leases end.
pub fn restore(state: &SharedSqsState) {
    let mut accounts = state.write();
    for (_, _, region) in accounts.iter_regional_mut() {
        region.queues.values_mut().filter(|queue| queue.is_fifo).for_each(restore_queue);
    }
}

fn restore_queue(queue: &mut SqsQueue) {
    let soon = Utc::now() + EARLY;
    let (ended, held) =
        queue.inflight.drain(..).partition::<Vec<_>, _>(|one| one.visible_at.is_some_and(|at| at <= soon));
    queue.inflight = held;
    if ended.is_empty() {
        return;
    }
    for mut message in ended {
        queue.receipt_handle_map.remove(&message.message_id);
        message.receipt_handle = None;
        message.visible_at = None;
        queue.messages.push_back(message);
    }
    queue.messages.make_contiguous().sort_by(|one, other| one.sequence_number.cmp(&other.sequence_number));
}
