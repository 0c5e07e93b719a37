select exists (
    select 1 from edafw_outbox force index (edafw_outbox_state) where exhausted_at is null and sent_at is null
) as has_unsent;
