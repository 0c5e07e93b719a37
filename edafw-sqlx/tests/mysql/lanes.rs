//! What holds of the embedded transport's tables between any two calls.

use sqlx::MySqlConnection;

/// Every message of a lane has the lane's row, and no lane is empty: messages without it would be stuck for ever,
/// and a lane without messages would be looked at for ever. A lane that nobody holds may be received as soon as its
/// first message may be, and one that somebody holds has a message that is in hand.
pub async fn check(connection: &mut MySqlConnection) {
    let broken: Vec<String> = sqlx::query_scalar(
        "select concat('no lane of ', m.queue, ' for ', m.body)
         from edafw_message m
         where m.lane is not null and not exists (
             select 1 from edafw_lane l where l.queue = m.queue and l.lane = m.lane)
         union all
         select concat('an empty lane ', l.queue, ' ', hex(l.lane))
         from edafw_lane l
         where not exists (select 1 from edafw_message m where m.queue = l.queue and m.lane = l.lane)
         union all
         select concat('not visible by itself: ', m.queue, ' ', m.body)
         from edafw_message m
         where (m.lane is null) <> (m.visible_at is not null)
         union all
         select concat('a free lane ', l.queue, ' ', hex(l.lane), ' is visible before its first message may be')
         from edafw_lane l
         where l.token is null and l.visible_at < (
             select coalesce(m.not_before, 0) from edafw_message m
             where m.queue = l.queue and m.lane = l.lane order by m.position limit 1)
         union all
         select concat('a lane held without a message: ', l.queue, ' ', hex(l.lane))
         from edafw_lane l
         where l.token is not null and l.held_to < (
             select m.position from edafw_message m
             where m.queue = l.queue and m.lane = l.lane order by m.position limit 1)",
    )
    .fetch_all(connection)
    .await
    .expect("the messages are read");
    assert!(broken.is_empty(), "{broken:#?}");
}
