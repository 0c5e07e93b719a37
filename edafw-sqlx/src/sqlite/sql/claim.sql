update edafw_outbox
set due_at = ?2 + ?3, token = ?4
where position in (
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
)
returning position, generation, attempts;
