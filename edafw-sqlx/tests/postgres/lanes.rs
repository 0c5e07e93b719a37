//! What holds of the embedded transport's tables between any two calls.

use sqlx::PgConnection;

/// Every message of a lane has the lane's row, and no lane is empty: messages without it would be stuck for ever,
/// and a lane without messages would be looked at for ever. A lane that nobody holds may be received as soon as its
/// first message may be, and no token holds a message behind one that it does not hold.
pub async fn check(connection: &mut PgConnection) {
    let broken: Vec<String> = sqlx::query_scalar(
        "select 'no lane of ' || m.queue || ' for ' || m.body
         from edafw_message m
         where m.lane is not null and not exists (
             select 1 from edafw_lane l where l.queue = m.queue and l.lane = m.lane)
         union all
         select 'an empty lane ' || l.queue || ' ' || l.lane
         from edafw_lane l
         where not exists (select 1 from edafw_message m where m.queue = l.queue and m.lane = l.lane)
         union all
         select 'never visible: ' || m.queue || ' ' || m.body
         from edafw_message m
         where m.lane is null and m.visible_at is null
         union all
         select 'a free lane ' || l.queue || ' ' || l.lane || ' is visible at another time than its first message'
         from edafw_lane l
         where l.token is null and l.visible_at < (
             select coalesce(m.not_before, 0) from edafw_message m
             where m.queue = l.queue and m.lane = l.lane order by m.position limit 1)
         union all
         select 'held behind one that is not: ' || m.queue || ' ' || m.body
         from edafw_message m
         join edafw_lane l on l.queue = m.queue and l.lane = m.lane and l.token = m.token
         where exists (
             select 1 from edafw_message e
             where e.queue = m.queue and e.lane = m.lane and e.position < m.position
               and e.token is distinct from m.token)
         union all
         select 'a lane held without a message: ' || l.queue || ' ' || l.lane
         from edafw_lane l
         where l.token is not null and not exists (
             select 1 from edafw_message m
             where m.queue = l.queue and m.lane = l.lane and m.token = l.token)",
    )
    .fetch_all(connection)
    .await
    .expect("the messages are read");
    assert!(broken.is_empty(), "{broken:#?}");
}
