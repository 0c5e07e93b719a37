-- Writes the entries, or fails at one that is there. From here to COMMIT nobody but the framework runs statements: a process
-- that stands still now must not hold up who takes over from it, unless the transaction has a limit of its own.
-- They come in one order from everybody, so that two transactions with the same entries wait for each other and never in a
-- circle.
with entry as materialized (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
        as e (subscriber, source, name, idempotency_key)
), recorded as (
    insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at)
    select subscriber, source, name, idempotency_key,
           coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    from entry
), forgotten as (
    delete from edafw_attempt a
    using entry e
    where a.subscriber = e.subscriber and a.source = e.source and a.name = e.name
      and a.idempotency_key = e.idempotency_key
)
select case current_setting('idle_in_transaction_session_timeout')
    when '0' then set_config('idle_in_transaction_session_timeout', '10s', true) end;
