update edafw_queue set ordered = 0 where name = ?1;
select lane from edafw_lane force index (primary) where queue = ?1 for update;
-- What a receiver has in hand stays in hand, message by message. The lane is named until the last assignment.
update edafw_message m force index (edafw_message_lane)
set visible_at = coalesce((
        select l.visible_at
        from edafw_lane l force index (primary)
        where l.queue = m.queue and l.lane = m.lane and l.token is not null and l.held_to >= m.position),
        greatest(?2, coalesce(not_before, ?2))),
    token = (
        select l.token
        from edafw_lane l force index (primary)
        where l.queue = m.queue and l.lane = m.lane and l.held_to >= m.position),
    receives = receives + exists (
        select 1
        from edafw_lane l force index (primary)
        where l.queue = m.queue and l.lane = m.lane and l.token is not null and l.held_to >= m.position),
    lane = null
where queue = ?1 and lane is not null;
delete from edafw_lane where queue = ?1;
