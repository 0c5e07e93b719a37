delete from edafw_pause where subscriber = ?1;
