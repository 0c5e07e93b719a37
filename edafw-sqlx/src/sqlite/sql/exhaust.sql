update edafw_outbox
set exhausted_at = ?1
where exhausted_at is null
  and sent_at is not null
  and position in (
      select o.position
      from edafw_outbox o
      join edafw_event e on e.position = o.position
      where o.sent_at < ?3 and o.exhausted_at is null and e.stored_at < ?2
      order by o.sent_at
      limit ?4
  );
