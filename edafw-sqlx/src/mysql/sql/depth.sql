select count(*) as depth from edafw_message where queue = ?1;
