delete from edafw_dead_letter where id = ?1;
