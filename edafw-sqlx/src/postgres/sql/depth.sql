-- What has a lease of its own, and what stands in lanes: each by its index.
select (select count(*) from edafw_message where queue = $1 and lane is null)
     + (select count(*) from edafw_message where queue = $1 and lane is not null);
