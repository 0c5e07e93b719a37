delete from edafw_event
where position in (select value from json_each(?1)) and position in (select position from edafw_archive);
