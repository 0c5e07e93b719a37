delete from edafw_message where position in (select value from json_each(?1));
