update edafw_archive set payload = 'null' where key = ?1 and payload <> 'null';
