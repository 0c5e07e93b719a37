-- What is due, and with it all that is unconfirmed of its keys. Answers how many are unsent again.
with due as materialized (
    select position, key
    from edafw_outbox
    where sent_at < $1 and sent_at is not null and exhausted_at is null
    order by sent_at
    limit $2
), again as (
    select position from due
    union
    select position
    from edafw_outbox
    where sent_at is not null and exhausted_at is null
      and key in (select key from due where key is not null)
), locked as materialized (
    select o.position
    from edafw_outbox o
    where o.position in (select position from again) and o.sent_at is not null and o.exhausted_at is null
    order by o.position
    for update
), unsent as (
    update edafw_outbox o
    set sent_at = null, due_at = 0, token = null, generation = generation + 1
    from locked l
    where o.position = l.position
    returning 1
)
select count(*) from unsent;
