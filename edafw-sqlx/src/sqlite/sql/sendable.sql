begin immediate;
-- By the same conditions as a claim.
select json_group_array(position) from (
    select candidate.position
    from edafw_outbox candidate
    where candidate.sent_at is null
      and candidate.due_at <= ?2
      and not exists (
          select 1
          from edafw_outbox earlier
          where earlier.key = candidate.key
            and earlier.sent_at is null
            and earlier.position < candidate.position
            and earlier.due_at > 0
            and earlier.due_at > ?2
      )
    order by candidate.position
    limit ?1
) sendable;
