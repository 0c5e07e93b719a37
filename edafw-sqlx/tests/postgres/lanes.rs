//! What holds of the embedded transport's tables between any two calls.

use sqlx::PgConnection;

/// Every message of a lane has the lane's row, and no lane is empty: messages without it would be stuck for ever,
/// and a lane without messages would be looked at for ever. A lane that nobody holds may be received as soon as its
/// first message may be; one that somebody holds has a message for him. A run has messages, and no more than positions.
pub async fn check(connection: &mut PgConnection) {
    let broken: Vec<String> = sqlx::query_scalar(
        "select 'no lane of ' || m.queue || ' for ' || m.lane
         from edafw_message m
         where m.lane is not null and not exists (
             select 1 from edafw_lane l where l.queue = m.queue and l.lane = m.lane)
         union all
         select 'an empty lane ' || l.queue || ' ' || l.lane
         from edafw_lane l
         where not exists (select 1 from edafw_message m where m.queue = l.queue and m.lane = l.lane)
         union all
         select 'never visible: ' || m.queue || ' ' || m.position
         from edafw_message m
         where m.lane is null and m.visible_at is null
         union all
         select 'a free lane ' || l.queue || ' ' || l.lane || ' is visible at another time than its first message'
         from edafw_lane l
         where l.token is null and l.visible_at < (
             select coalesce(m.not_before, 0) from edafw_message m
             where m.queue = l.queue and m.lane = l.lane order by m.position limit 1)
         union all
         select 'a lane held without a message: ' || l.queue || ' ' || l.lane
         from edafw_lane l
         where l.token is not null and l.held_to < (
             select m.position + (
                 select coalesce(min(place), 1) - 1
                 from unnest(m.events) with ordinality as part (event, place)
                 where event is not null)
             from edafw_message m
             where m.queue = l.queue and m.lane = l.lane order by m.position limit 1)
         union all
         select 'an empty run in ' || m.queue
         from edafw_message m
         where (m.body is null) = (m.events is null) or array_remove(m.events, null) = '{}'
         union all
         select 'a run of ' || cardinality(m.events) || ' at ' || m.position || ' in ' || m.queue
         from edafw_message m
         where m.position % 100 <> 0 or cardinality(m.events) > 100",
    )
    .fetch_all(connection)
    .await
    .expect("the messages are read");
    assert!(broken.is_empty(), "{broken:#?}");
}
