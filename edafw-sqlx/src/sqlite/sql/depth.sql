select count(*) from edafw_message where queue = ?1;
