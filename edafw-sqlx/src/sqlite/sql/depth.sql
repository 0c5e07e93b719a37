-- What is visible by itself, and what stands behind it in a lane: each by its index.
select (select count(*) from edafw_message where queue = ?1 and visible_at is not null)
     + (select count(*) from edafw_message where queue = ?1 and lane is not null and visible_at is null);
