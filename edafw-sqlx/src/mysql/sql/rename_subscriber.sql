update ignore edafw_inbox set subscriber = ?2 where subscriber = ?1;
update ignore edafw_attempt set subscriber = ?2 where subscriber = ?1;
update ignore edafw_dead_letter set subscriber = ?2 where subscriber = ?1;
update ignore edafw_pause set subscriber = ?2 where subscriber = ?1;
