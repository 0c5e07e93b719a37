update edafw_meta set value = ?1 where name = 'probed-at';
