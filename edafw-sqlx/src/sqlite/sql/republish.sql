with due as (
    select position, key
    from edafw_outbox
    where sent_at < ?2 and sent_at is not null and exhausted_at is null
    order by sent_at
    limit ?3
)
update edafw_outbox
set sent_at = null, due_at = 0, token = null, generation = generation + 1
where sent_at is not null
  and exhausted_at is null
  and (position in (select position from due) or key in (select key from due where key is not null))
returning position;
