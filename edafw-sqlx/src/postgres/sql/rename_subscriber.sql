-- A row that is there under both names stays where it is.
with inbox as (
    update edafw_inbox old set subscriber = $2
    where subscriber = $1 and not exists (
        select 1 from edafw_inbox new
        where new.subscriber = $2 and new.source = old.source and new.name = old.name
          and new.idempotency_key = old.idempotency_key)
), attempt as (
    update edafw_attempt old set subscriber = $2
    where subscriber = $1 and not exists (
        select 1 from edafw_attempt new
        where new.subscriber = $2 and new.source = old.source and new.name = old.name
          and new.idempotency_key = old.idempotency_key)
), letter as (
    update edafw_dead_letter old set subscriber = $2
    where subscriber = $1 and not exists (
        select 1 from edafw_dead_letter new
        where new.subscriber = $2 and new.source = old.source and new.name = old.name
          and new.idempotency_key = old.idempotency_key)
)
update edafw_pause set subscriber = $2
where subscriber = $1 and not exists (select 1 from edafw_pause where subscriber = $2);
