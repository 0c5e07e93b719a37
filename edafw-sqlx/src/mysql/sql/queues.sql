select name, ordered from edafw_queue where service = ?1 order by name;
