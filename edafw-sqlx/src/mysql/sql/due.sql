-- Whether a claim would find something: the first row of all, which has none before it, or one in the window, or else
-- one behind it.
select coalesce((
    select due_at <= ?1
    from edafw_outbox force index (edafw_outbox_state)
    where exhausted_at is null and sent_at is null
    order by position
    limit 1
), 0) or exists (
    select 1
    from (
        select position
        from edafw_outbox force index (edafw_outbox_state)
        where exhausted_at is null and sent_at is null
        order by position
        limit 2000
    ) looked_at
    straight_join edafw_outbox candidate force index (primary) on candidate.position = looked_at.position
    where candidate.due_at <= ?1
      and not exists (
          select 1
          from edafw_outbox earlier force index (edafw_outbox_key)
          where earlier.`key` = candidate.`key`
            and earlier.sent_at is null
            and earlier.position < candidate.position
            and earlier.due_at > ?1
      )
) or (
    exists (
        select 1
        from edafw_outbox force index (edafw_outbox_state)
        where exhausted_at is null and sent_at is null
        order by position
        limit 1 offset 2000
    ) and (
        exists (
            select 1
            from (
                select min(position) as position
                from edafw_outbox force index (edafw_outbox_key)
                where sent_at is null and `key` is not null
                group by `key`
            ) head
            straight_join edafw_outbox o force index (primary) on o.position = head.position
            where o.due_at <= ?1
        ) or exists (
            select 1
            from edafw_outbox force index (edafw_outbox_key)
            where `key` is null and sent_at is null and due_at <= ?1
        )
    )
) as due;
