update or ignore edafw_inbox set subscriber = ?2 where subscriber = ?1;
update or ignore edafw_attempt set subscriber = ?2 where subscriber = ?1;
update or ignore edafw_dead_letter set subscriber = ?2 where subscriber = ?1;
update or ignore edafw_pause set subscriber = ?2 where subscriber = ?1;
