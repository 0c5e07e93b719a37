delete from edafw_binding where topic = ?1 and event = ?2 and queue = ?3;
