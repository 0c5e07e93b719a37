-- Copies the locked events at the positions ?1 into the archive, but for those that somebody still needs: what is on
-- its way (again), what a message or a dead letter speaks of, whose text begins with the event's id; and the last
-- event of all. A statement of its own, because it must see what was sent again before they were locked.
insert into edafw_archive
    (position, event_id, channel, source, name, version, `key`, time, payload, headers, stored_at, published_at,
     archived_at)
select e.position, e.event_id, e.channel, e.source, e.name, e.version, e.`key`, e.time, e.payload, e.headers,
       e.stored_at, e.published_at, ?2
from json_table(?1, '$[*]' columns (position bigint path '$')) old
straight_join edafw_event e force index (primary) on e.position = old.position
left join edafw_outbox o on o.position = e.position
left join (
    select cast(substr(body, 28, 36) as char(36) character set ascii) collate ascii_bin as event_id from edafw_message
    union
    select cast(substr(body, 28, 36) as char(36) character set ascii) collate ascii_bin from edafw_dead_letter
) needed on needed.event_id = e.event_id
where o.position is null
  and needed.event_id is null
  and e.position < (select max(position) from edafw_event);
