//! What holds of the embedded transport's tables between any two calls.

use sqlx::SqliteConnection;

/// Of each lane the first message, and no other, is visible; a message without a lane is visible. A lane
/// without a visible first message would be stuck for ever.
pub async fn check(connection: &mut SqliteConnection) {
    let broken: Vec<String> = sqlx::query_scalar(
        "select m.queue || ' ' || coalesce(m.lane, '(no lane)') || ': ' || coalesce(m.body, 'event ' || m.event)
                || case when m.visible_at is null then ' is hidden' else ' is visible' end
         from edafw_message m
         where (m.visible_at is not null) <> (m.lane is null or m.position = (
             select min(first.position) from edafw_message first
             where first.queue = m.queue and first.lane = m.lane))",
    )
    .fetch_all(connection)
    .await
    .expect("the messages are read");
    assert!(broken.is_empty(), "lanes whose first message is not the visible one: {broken:#?}");
}
