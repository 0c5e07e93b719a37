update edafw_queue set ordered = 1 where name = ?1;
