-- Whether a claim would find something.
select exists (
    select 1
    from edafw_outbox candidate
    where candidate.sent_at is null
      and candidate.due_at <= ?1
      and not exists (
          select 1
          from edafw_outbox earlier
          where earlier.key = candidate.key
            and earlier.sent_at is null
            and earlier.position < candidate.position
            and earlier.due_at > 0
            and earlier.due_at > ?1
      )
);
