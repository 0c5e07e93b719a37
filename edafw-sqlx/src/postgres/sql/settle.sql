-- $3: 0 sent, 1 failed, 2 given back; $4: how long a failed one waits. Answers how many were still held.
with moment as materialized (
    select coalesce($6::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), result as materialized (
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
        as r (position, token, outcome, wait, error)
), held as materialized (
    select o.position
    from edafw_outbox o
    where o.position = any($1)
    order by o.position
    for update
), settled as (
    update edafw_outbox o
    set token = null,
        sent_at = case when r.outcome = 0 then (select now from moment) end,
        due_at = case r.outcome when 0 then o.due_at when 1 then (select now from moment) + r.wait else 0 end,
        attempts = case r.outcome when 0 then 0 when 1 then o.attempts + 1 else o.attempts end,
        last_error = case r.outcome when 0 then null when 1 then r.error else o.last_error end
    from result r
    where o.position = r.position and o.token = r.token
      -- Not a join: its cost must not grow with the square of the results when the server expects few.
      and coalesce(r.position in (select position from held), false)
    returning 1
)
select count(*) from settled;
