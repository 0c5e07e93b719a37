update edafw_event set payload = 'null' where key = $1 and payload::text <> 'null';
