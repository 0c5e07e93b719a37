-- $2: whether it is to be delivered again; otherwise it counts as done. Answers whether there was one.
with letter as (
    delete from edafw_dead_letter where id = $1
    returning subscriber, source, name, idempotency_key
), forgotten as (
    delete from edafw_attempt a
    using letter l
    where a.subscriber = l.subscriber and a.source = l.source and a.name = l.name
      and a.idempotency_key = l.idempotency_key
), done as (
    insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at)
    select subscriber, source, name, idempotency_key,
           coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    from letter
    where not $2
    on conflict do nothing
)
select exists (select 1 from letter);
